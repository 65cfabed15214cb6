"""Two invented banks that give credit, for a development site."""

from typing import Any

from django.core.management.base import BaseCommand

from payments.models import InstallmentBank

BANKS = (
    (
        "Үлгі Банк",
        "Қосымшада өтінім беріп, мақұлданған бетті осында жіберіңіз.",
        "Подайте заявку в приложении и пришлите сюда страницу с одобрением.",
        False,
    ),
    (
        "Сынақ Банк",
        "Бұл банк айлық табысыңызды сұрайды.",
        "Этот банк спрашивает ваш доход за месяц.",
        True,
    ),
)
MONTHS = 12


class Command(BaseCommand):
    help = "Offer instalments on a development site; done twice, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, note_kk, note_ru, needs_income in BANKS:
            InstallmentBank.objects.get_or_create(
                name=name,
                defaults={
                    "note_kk": note_kk,
                    "note_ru": note_ru,
                    "needs_income": needs_income,
                    "months": MONTHS,
                },
            )
