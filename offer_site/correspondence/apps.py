from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CorrespondenceConfig(AppConfig):
    name = "offer_site.correspondence"
    label = "correspondence"
    verbose_name = _("Correspondence")
