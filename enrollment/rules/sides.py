"""The two sides of the contract, where either may speak (10.2, 12.4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Side(models.TextChoices):
    ACADEMY = "academy", _("the academy")
    USER = "user", _("the user")
