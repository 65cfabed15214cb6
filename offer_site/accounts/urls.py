"""Sign-in, sign-out, ending all sessions, and the second factor; allauth's other pages are off."""

from django.urls import path

from offer_site.accounts import second_factor, views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    # The name that allauth itself uses.
    path("sign-in/", views.SignInView.as_view(), name="account_request_login_code"),
    path("sign-in/code/", views.CodeView.as_view(), name="account_confirm_login_code"),
    path(
        "sign-in/second-factor/", second_factor.SecondFactorView.as_view(), name="mfa_authenticate"
    ),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("sessions/end/", views.sessions_end, name="sessions_end"),
    path("second-factor/", second_factor.set_up, name="mfa_activate_totp"),
    path("second-factor/code.svg", second_factor.set_up_image, name="second_factor_image"),
    path("second-factor/recovery-codes/", second_factor.recovery_codes, name="recovery_codes"),
]
