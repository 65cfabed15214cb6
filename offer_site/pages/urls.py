"""The pages that join apps, under the visitor's language."""

from django.urls import path

from . import (
    cabinet_editions,
    cabinet_views,
    calendars,
    claims,
    clarification,
    conduct,
    day_entry,
    force_majeure,
    invoice,
    letters,
    my_data,
    news,
    order,
    pay_for,
    works,
)

plain_urlpatterns = [
    path("n/<int:number>/<str:signature>/", news.news_off, name="news_off"),
]

urlpatterns = [
    path("orders/<slug:code>/", order.order, name="order"),
    path("orders/<slug:code>/state/", order.order_state, name="order_state"),
    path("pay/<slug:code>/", pay_for.pay_for, name="pay_for"),
    path("pay/<slug:code>/state/", pay_for.pay_for_state, name="pay_for_state"),
    path("pay/<slug:code>/payments/", pay_for.pay_for_start, name="pay_for_start"),
    path("pay/<slug:code>/kaspi/", pay_for.pay_for_kaspi, name="pay_for_kaspi"),
    path("pay/<slug:code>/qr.svg", pay_for.pay_for_qr, name="pay_for_qr"),
    path("orders/<slug:code>/cabinet/", day_entry.order_cabinet, name="order_cabinet"),
    path("orders/<slug:code>/clarification/", clarification.clarification, name="clarification"),
    path("orders/<slug:code>/course.ics", calendars.order_calendar, name="order_calendar"),
    path("orders/<slug:code>/telegram/", calendars.order_telegram, name="order_telegram"),
    path("cabinet/<slug:code>/course.ics", calendars.cabinet_calendar, name="course_calendar"),
    path("invoices/<slug:code>/", invoice.invoice, name="invoice"),
    path("invoices/<slug:code>/state/", invoice.invoice_state, name="invoice_state"),
    path("cabinet/", cabinet_views.cabinet, name="cabinet"),
    path("my-data/", my_data.my_data, name="my_data"),
    path("my-data/export/", my_data.my_data_export, name="my_data_export"),
    path("my-data/<slug:code>/contacts/", my_data.my_data_contacts, name="my_data_contacts"),
    path("my-data/erasure/", my_data.my_data_erasure, name="my_data_erasure"),
    path("my-data/news/", my_data.my_data_news, name="my_data_news"),
    path("cabinet/<slug:code>/letters/", letters.cabinet_letters, name="cabinet_letters"),
    path("cabinet/<slug:code>/letters/<slug:key>/", letters.cabinet_letter, name="cabinet_letter"),
    path("cabinet/<slug:code>/claims/", claims.claim_create, name="claim_create"),
    path("cabinet/<slug:code>/claims/<int:number>/", claims.claim, name="claim"),
    path(
        "cabinet/<slug:code>/claims/<int:number>/documents/",
        claims.claim_documents,
        name="claim_documents",
    ),
    path(
        "cabinet/<slug:code>/claims/<int:number>/files/<int:file>/",
        claims.claim_file,
        name="claim_file",
    ),
    path(
        "cabinet/<slug:code>/claims/<int:number>/signature/",
        claims.claim_signature,
        name="claim_signature",
    ),
    path(
        "cabinet/<slug:code>/claims/<int:number>/withdrawal/",
        claims.claim_withdrawal,
        name="claim_withdrawal",
    ),
    path("cabinet/<slug:code>/claims/<int:number>/reply/", claims.claim_reply, name="claim_reply"),
    path(
        "cabinet/<slug:code>/force-majeure/",
        force_majeure.force_majeure_create,
        name="force_majeure_create",
    ),
    path(
        "cabinet/<slug:code>/force-majeure/<int:number>/",
        force_majeure.force_majeure,
        name="force_majeure",
    ),
    path("cabinet/<slug:code>/course/", cabinet_views.course, name="course"),
    path("cabinet/<slug:code>/documents/", cabinet_views.documents, name="cabinet_documents"),
    path("cabinet/<slug:code>/what-if/", cabinet_views.what_if, name="what_if"),
    path("cabinet/<slug:code>/works/<int:number>/", works.work, name="cabinet_work"),
    path(
        "cabinet/<slug:code>/works/<int:number>/files/<int:file>/",
        works.work_file,
        name="cabinet_work_file",
    ),
    path("cabinet/<slug:code>/name/", cabinet_views.certificate_name, name="certificate_name"),
    path("cabinet/<slug:code>/lessons/", conduct.lessons, name="cabinet_lessons"),
    path("cabinet/<slug:code>/breaches/<int:number>/", conduct.breach, name="cabinet_breach"),
    path("cabinet/<slug:code>/ending/", conduct.ending, name="cabinet_ending"),
    path("cabinet/<slug:code>/ending/answer/", conduct.ending_answer, name="cabinet_ending_answer"),
    path(
        "cabinet/<slug:code>/ending/withdrawal/",
        conduct.ending_withdrawal,
        name="cabinet_ending_withdrawal",
    ),
    path(
        "cabinet/<slug:code>/editions/<slug:name>/",
        cabinet_editions.edition_answer,
        name="edition_answer",
    ),
    path("cabinet/<slug:code>/cohort/", cabinet_views.cohort_move, name="cohort_move"),
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
