"""The pages that join apps, under the visitor's language."""

from django.urls import path

from . import cabinet_views, clarification, invoice, my_data, news, order

plain_urlpatterns = [
    path("n/<int:number>/<str:signature>/", news.news_off, name="news_off"),
]

urlpatterns = [
    path("orders/<slug:code>/", order.order, name="order"),
    path("orders/<slug:code>/clarification/", clarification.clarification, name="clarification"),
    path("invoices/<slug:code>/", invoice.invoice, name="invoice"),
    path("cabinet/", cabinet_views.cabinet, name="cabinet"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/export/", my_data.my_data_export, name="my_data_export"),
    path("my-data/<slug:code>/contacts/", my_data.my_data_contacts, name="my_data_contacts"),
    path("my-data/erasure/", my_data.my_data_erasure, name="my_data_erasure"),
    path("my-data/news/", my_data.my_data_news, name="my_data_news"),
    path("cabinet/<slug:code>/name/", cabinet_views.certificate_name, name="certificate_name"),
    path(
        "cabinet/<slug:code>/consents/<slug:purpose>/withdrawal/",
        cabinet_views.consent_withdrawal,
        name="consent_withdrawal",
    ),
    path(
        "cabinet/<slug:code>/consents/<slug:purpose>/",
        cabinet_views.consent_again,
        name="consent_again",
    ),
]
