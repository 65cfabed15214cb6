"""Users in the admin: who signs in and who is staff; only the owner changes them (3.1(5), 5.4)."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User
from offer_site.accounts.operations import (
    end_sessions,
    require_an_owner_left,
    reset_second_factor,
)
from offer_site.admin.buttons import Button
from offer_site.admin.chapters import Words
from offer_site.admin.filters import ChoiceFilter
from offer_site.admin.pages import StaffAdmin
from offer_site.emails import one_spelling
from offer_site.errors import RuleViolation
from offer_site.mailboxes import is_misspelt, mended

CHANGES_USERS = "accounts.change_user"
FLAGS = ("is_active", "is_staff", "is_superuser")  # an owner has all three


# The groups of staff, as people call them (offer_site/staff/roles.py).
ROLES: dict[str, Words] = {
    "owner": _("owner of the academy"),
    "manager": _("manager"),
    "curator": _("curator"),
    "accountant": _("accountant"),
}


class RolesField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, group: Group) -> str:
        return capfirst(str(ROLES.get(group.name, group.name)))


class RoleFilter(ChoiceFilter):
    title = _("role")
    parameter_name = "role"
    offered = tuple(ROLES.items())

    def find(self, queryset: QuerySet[User], chosen: str) -> QuerySet[User]:
        return queryset.filter(groups__name=chosen)


class UserForm(forms.ModelForm):
    groups = RolesField(
        label=_("Roles"),
        queryset=Group.objects.order_by("pk"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    as_typed = forms.BooleanField(label=_("It is right as it is written here"), required=False)

    class Meta:
        model = User
        fields = ("email", "is_active", "is_staff", "groups", "is_superuser")

    by: User  # who fills it in

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The tick is shown once there is something to keep."""
        super().__init__(*args, **kwargs)
        if not self.is_doubtful(one_spelling(str(self.data.get("email") or ""))):
            self.fields["as_typed"].widget = forms.HiddenInput()

    def is_doubtful(self, email: str) -> bool:
        """A present e-mail is not asked about again."""
        return email != self.instance.email and is_misspelt(email)

    def clean_email(self) -> str:
        """A colleague whose e-mail is mistyped never gets a code; a stranger may."""
        email = one_spelling(self.cleaned_data["email"])
        if self.is_doubtful(email) and not self.data.get("as_typed"):
            question = _("Did you mean %(proposal)s?") % {"proposal": mended(email)}
            doubt = _("The end of the e-mail looks mistyped: letters may not arrive.")
            raise forms.ValidationError(f"{doubt} {question}")
        return email

    def clean(self) -> dict[str, Any]:
        """Nobody takes away their own rights, and the last owner stays (5.4)."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk == self.by.pk:
            for name in self.own_losses(values):
                self.add_error(
                    name, _("Nobody takes away their own rights. Another superuser does it.")
                )
        try:
            require_an_owner_left(
                user=self.instance,
                stays_owner=all(values.get(name) for name in FLAGS),
                by=self.by,
            )
        except RuleViolation as refused:
            self.add_error(None, str(refused.message))
        return values

    def own_losses(self, values: dict[str, Any]) -> list[str]:
        """The fields by which one would lose rights; another e-mail, if mistyped, loses all."""
        losses = [name for name in FLAGS if getattr(self.instance, name) and not values.get(name)]
        if set(self.instance.groups.all()) - set(values.get("groups", ())):
            losses.append("groups")
        if values.get("email", self.instance.email) != self.instance.email:
            losses.append("email")
        return losses

    def save(self, commit: bool = True) -> User:
        if not self.instance.pk:
            self.instance.password = User.unusable_password()
        return super().save(commit)


def end(user: User, values: dict[str, Any], *, by: User, at: datetime) -> Words:
    end_sessions(user=user, by=by, at=at)
    return _("Signed out everywhere.")


def reset(user: User, values: dict[str, Any], *, by: User, at: datetime) -> Words:
    reset_second_factor(user=user, by=by, at=at)
    return _("The second step is reset. The next sign-in to the work pages sets up another.")


@admin.register(User)
class UserAdmin(StaffAdmin):
    form = UserForm
    passing = frozenset({"last_login"})
    list_display = ("email", "roles", "is_staff", "is_active", "date_joined", "last_login")
    list_filter = (RoleFilter, "is_staff", "is_active")
    search_fields = ("email",)
    readonly_fields = ("date_joined", "last_login")
    unjournalled = frozenset({"email"})
    fieldsets = (
        (None, {"fields": ("email", "as_typed", "is_active", "date_joined", "last_login")}),
        (_("Staff"), {"fields": ("is_staff", "groups", "is_superuser")}),
    )
    buttons = (
        Button(
            name="sessions-end",
            label=_("Sign out everywhere"),
            permission=CHANGES_USERS,
            operate=end,
            note=_("Every session of this person ends at its next request."),
        ),
        Button(
            name="second-factor-reset",
            label=_("Reset the second step"),
            permission=CHANGES_USERS,
            operate=reset,
            is_offered=lambda user: Authenticator.objects.filter(user=user).exists(),
            note=_(
                "For one who lost both the phone and the recovery codes. Make sure who asks for it."
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = [str(ROLES.get(group.name, group.name)) for group in user.groups.all()]
        return ", ".join(names) or "–"

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form
