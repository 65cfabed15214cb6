from offer_site.clock.command import ClockCommand
from offer_site.clock.schedule import job


class Command(ClockCommand):
    job = job("close_document_requests")
