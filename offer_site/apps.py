from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string

from offer_site.database import withhold_details


class OfferSiteConfig(AppConfig):
    name = "offer_site"
    verbose_name = "Offer site"

    def ready(self) -> None:
        import_module("offer_site.checks")  # registers itself
        connection_created.connect(withhold_details, dispatch_uid="withhold_details")
        # Named as text: the module has a model, and models cannot be imported before the apps load.
        post_migrate.connect(
            import_string("offer_site.evidence.guard_evidence"), dispatch_uid="guard_evidence"
        )


class StaffAdminConfig(AdminConfig):
    default_site = "offer_site.staff.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        # The pages of the admin that see all apps.
        import_module("offer_site.staff.order_desk")
        import_module("offer_site.staff.offer_desk")
