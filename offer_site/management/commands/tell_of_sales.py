from offer_site.clock.command import ClockCommand
from offer_site.clock.schedule import job


class Command(ClockCommand):
    job = job("tell_of_sales")
