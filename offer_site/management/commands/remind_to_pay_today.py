from offer_site.clock.command import ClockCommand
from offer_site.clock.schedule import job


class Command(ClockCommand):
    job = job("remind_to_pay_today")
