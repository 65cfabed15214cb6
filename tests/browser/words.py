"""What the pages say, as the person who walks them reads it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    choose: str
    surname: str
    given_name: str
    patronymic: str
    phone: str
    email: str
    address: str
    truth: str
    consent: str
    place_order: str
    pay_today: str
    pay: str
    card_number: str
    valid_until: str
    card_code: str
    pay_at_bank: str
    money_has_come: str
    enter_cabinet: str
    send_code: str
    code: str
    sign_in: str
    hello: str
    certificate_valid: str
    download_certificate: str
    contract: str
    documents: str
    download_pdf: str
    packages: str
    declined: str


KAZAKH = Words(
    choose="БІРГЕ пакетін таңдау",
    surname="Тегі",
    given_name="Аты",
    patronymic="Әкесінің аты",
    phone="Ұялы телефон",
    email="Электрондық пошта",
    address="Тұрғылықты мекенжайы",
    truth="Офертаны оқыдым",
    consent="Деректерімді шарт үшін",
    place_order="Тапсырыс беру",
    pay_today="Бүгін 24:00-ге дейін төлеңіз",
    pay="төлеу",
    card_number="Карта нөмірі",
    valid_until="Жарамдылық мерзімі",
    card_code="Артындағы код",
    pay_at_bank="төлеу",
    money_has_come="Ақша түсті. Орын сіздікі",
    enter_cabinet="Кабинетке кіру",
    send_code="Код жіберу",
    code="Хаттағы код",
    sign_in="Кіру",
    hello="Сәлеметсіз бе, Гүлнұр!",
    certificate_valid="Сертификат жарамды",
    download_certificate="Сертификат",
    contract="Шарт: оферта мен акцепт парағы",
    documents="Құжаттар",
    download_pdf="PDF жүктеп алу",
    packages="Пакет таңдау",
    declined="Төлем өтпеді",
)
RUSSIAN = Words(
    choose="Выбрать БІРГЕ",
    surname="Фамилия",
    given_name="Имя",
    patronymic="Отчество",
    phone="Мобильный телефон",
    email="Электронная почта",
    address="Адрес места жительства",
    truth="Оферта прочитана",
    consent="Даю согласие на обработку данных для договора",
    place_order="Оформить заказ",
    pay_today="Оплатите сегодня до 24:00",
    pay="Оплатить",
    card_number="Номер карты",
    valid_until="Срок действия",
    card_code="Код на обороте",
    pay_at_bank="Оплатить",
    money_has_come="Деньги пришли. Место ваше",
    enter_cabinet="Войти в кабинет",
    send_code="Отправить код",
    code="Код из письма",
    sign_in="Войти",
    hello="Здравствуйте, Гүлнұр!",
    certificate_valid="Сертификат действителен",
    download_certificate="Сертификат",
    contract="Договор: оферта и лист акцепта",
    documents="Документы",
    download_pdf="Скачать PDF",
    packages="Выбрать пакет",
    declined="Оплата не прошла",
)
WORDS = {"kk": KAZAKH, "ru": RUSSIAN}
