"""A person who signs in, keyed by e-mail: a User by acceptance (1.7), or staff."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    Permission,
    PermissionsMixin,
)
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from offer_site.emails import one_spelling


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, **fields: Any) -> "User":
        """A user without a password: a code sent to the e-mail is enough (3.1)."""
        fields.pop("password", None)
        return self.create(email=one_spelling(email), password=User.unusable_password(), **fields)

    def create_superuser(self, email: str, **fields: Any) -> "User":
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def staff_who_may(self, right: str) -> "models.QuerySet[User]":
        """Active staff with a permission such as "certificates.change_certificate"."""
        app, _dot, codename = right.partition(".")
        permission = Permission.objects.filter(content_type__app_label=app, codename=codename)
        entitled = (
            Q(is_superuser=True)
            | Q(groups__permissions__in=permission)
            | Q(user_permissions__in=permission)
        )
        return self.filter(entitled, is_active=True, is_staff=True).distinct()

    def owners(self) -> "models.QuerySet[User]":
        """Those who say who is staff."""
        return self.filter(is_superuser=True, is_staff=True, is_active=True)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail"), unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined at"), auto_now_add=True)
    # When the user last looked at the letters in the cabinet: later ones are new there.
    letters_seen_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="an_email_is_in_small_letters"
            )
        ]

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def unusable_password() -> str:
        """A random value that no password fits; a change of it ends the user's sessions."""
        return make_password(None)
