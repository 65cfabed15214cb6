"""Users in the admin: who signs in, and who of them is staff."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from offer_site.accounts.models import User


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("email", "is_active", "is_staff", "groups", "is_superuser")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, commit: bool = True) -> User:
        if not self.instance.pk:
            self.instance.password = User.unusable_password()
        return super().save(commit)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    form = UserForm
    list_display = ("email", "is_staff", "is_active", "date_joined", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email",)
    filter_horizontal = ("groups",)
    readonly_fields = ("date_joined", "last_login")
    fieldsets = (
        (None, {"fields": ("email", "is_active", "date_joined", "last_login")}),
        (_("Staff"), {"fields": ("is_staff", "groups", "is_superuser")}),
    )
