"""How anyone checks the proof without us, in both languages, with commands of every Unix.

The same commands are on the page and in `check.sh`; a test runs them as they are printed.
"""

from dataclasses import dataclass

from .parts import Both


@dataclass(frozen=True)
class CheckStep:
    """One step of the check: what it shows, and the commands."""

    title: Both
    says: Both
    commands: str


STEPS = (
    CheckStep(
        ("Файлдар өзгермеген", "Файлы не изменены"),
        (
            "Әр файлдың бақылау сомасы (SHA-256) тізімдегімен салыстырылады. "
            "Әр жол OK деп аяқталуы керек.",
            "Контрольная сумма (SHA-256) каждого файла сравнивается со списком. "
            "Каждая строка должна кончаться на OK.",
        ),
        "sha256sum -c MANIFEST.sha256",
    ),
    CheckStep(
        ("Тізімге академия қол қойған", "Список подписан академией"),
        (
            "Қолтаңба тізімнің байттарына қойылған. Жауабы Verified OK болуы керек. "
            "Соңғы жолда – академия "
            "сертификатының бақылау сомасы (SHA-256): оны академия таратқан сертификатпен "
            "немесе журнал мөрі "
            "туралы хатпен "
            "салыстырыңыз.",
            "Подпись стоит под байтами списка. Ответ должен быть Verified OK. "
            "Последняя строка – контрольная сумма "
            "(SHA-256) сертификата академии: сверьте её с сертификатом, который академия раздаёт, "
            "или с письмом о "
            "печати журнала.",
        ),
        """openssl x509 -in academy.pem -pubkey -noout > academy.pub
openssl dgst -sha256 -verify academy.pub -signature MANIFEST.sha256.sig MANIFEST.sha256
openssl x509 -in academy.pem -noout -fingerprint -sha256""",
    ),
    CheckStep(
        ("Дәл осы мәтін акцептелген", "Акцептован именно этот текст"),
        (
            "Акцепт деректері (contract/acceptance.json) офертаның екі мәтінінің, тараптың және "
            "тыңдаушының "
            "SHA-256 мәндерін сақтайды, ал деректердің өз SHA-256 мәні журналда тұр. "
            "Тарап немесе тыңдаушы файлы "
            "жоқ болса, ол деректер заң бойынша өшірілген.",
            "Данные акцепта (contract/acceptance.json) содержат SHA-256 обоих текстов оферты, "
            "стороны и "
            "слушателя, а SHA-256 самих данных записан в журнале. "
            "Если файла стороны или слушателя нет, эти "
            "данные удалены по закону.",
        ),
        """for file in offer/kk.md offer/ru.md contract/party.txt contract/learner.txt; do
  [ -f "$file" ] || continue
  sum=$(sha256sum < "$file" | cut -c1-64)
  grep -q "$sum" contract/acceptance.json && echo "$file: OK" || { echo "$file: CHANGED"; false; }
done
sum=$(sha256sum < contract/acceptance.json | cut -c1-64)
grep -q "$sum" journal/journal.jsonl && echo "acceptance: OK" ||
  { echo "acceptance: CHANGED"; false; }""",
    ),
    CheckStep(
        ("Журналдың тізбегі бүтін", "Цепочка журнала цела"),
        (
            "journal/journal.jsonl файлының әр жолы өзінен бұрынғы жолдың SHA-256 мәнімен "
            "аяқталады. Ортасынан "
            "жол алып тастауға, қосуға немесе өзгертуге болмайды: тізбек үзіледі.",
            "Каждая строка файла journal/journal.jsonl кончается SHA-256 предыдущей строки. "
            "Убрать, вставить или "
            "изменить строку в середине нельзя: цепочка прервётся.",
        ),
        """previous=
number=0
while IFS= read -r row; do
  number=$((number + 1))
  case $row in
    *",\\"$previous\\"]") previous=$(printf '%s' "$row" | sha256sum | cut -c1-64) ;;
    *) echo "row $number: CHAIN BROKEN"; false ;;
  esac
done < journal/journal.jsonl
echo "$number rows: OK, the chain ends at $previous\"""",
    ),
    CheckStep(
        ("Журналға күн сайын мөр басылған", "Журнал запечатан день за днём"),
        (
            "Мөр сол күні жаңа жол қосылған тізбектердің ұшын бір түбірге жинайды. "
            ".path файлы осы тапсырыстың "
            "жапырағынан түбірге дейінгі көршілерін ғана береді: "
            "басқа тапсырыстардың коды мұнда жоқ. Мөрдің "
            "мәтіні сол күні академия иесінің поштасына да жіберілген, оның SHA-256 мәні хаттағы "
            "түбірмен бірдей.",
            "Печать собирает под один корень концы всех цепочек, где за день появились строки. "
            "Файл .path даёт "
            "только соседей на пути от листа этого заказа к корню: кодов других заказов здесь нет. "
            "Текст печати в"
            " тот же день ушёл на почту владельца академии, его SHA-256 равен корню в письме.",
        ),
        """for path in journal/seal-*.path; do
  [ -f "$path" ] || continue
  seal=${path%.path}
  leaf=$(sed -n 's/^leaf //p' "$path")
  row=$(echo "$leaf" | cut -d'|' -f2)
  sum=$(sed -n "${row}p" journal/journal.jsonl | tr -d '\\n' | sha256sum | cut -c1-64)
  [ "${leaf##*|}" = "$sum" ] || { echo "$seal: ANOTHER ROW $row"; false; }
  node=$(printf '%s' "$leaf" | sha256sum | cut -c1-64)
  while read -r side other; do
    case $side in
      left) node=$(printf '%s%s' "$other" "$node" | sha256sum | cut -c1-64) ;;
      right) node=$(printf '%s%s' "$node" "$other" | sha256sum | cut -c1-64) ;;
    esac
  done < "$path"
  grep -q "^tree $node\\$" "$seal.txt" || { echo "$seal: ANOTHER TREE"; false; }
  openssl x509 -in "$seal.pem" -pubkey -noout > academy.pub
  openssl dgst -sha256 -verify academy.pub -signature "$seal.sig" "$seal.txt"
  echo "rows up to $row: sealed, root $(sha256sum < "$seal.txt" | cut -c1-64)"
done""",
    ),
)
# A program that only some machines have: it is on the page but not in check.sh.
CERTIFICATE = CheckStep(
    ("Сертификаттың өз қолтаңбасы бар", "У сертификата своя подпись"),
    (
        "Сертификаттың PDF файлын Adobe Acrobat Reader сияқты бағдарламада ашыңыз немесе pdfsig "
        "арқылы тексеріңіз.",
        "Откройте PDF сертификата в программе вроде Adobe Acrobat Reader или проверьте его "
        "программой pdfsig.",
    ),
    'for file in certificates/*.pdf; do pdfsig "$file"; done',
)


def check_script() -> str:
    """The steps as one script that stops at the first failure."""
    steps = "\n\n".join(f"# {step.title[0]} · {step.title[1]}\n{step.commands}" for step in STEPS)
    return f"#!/bin/sh\n# README.html tells what each step shows.\nset -eu\n\n{steps}\n"
