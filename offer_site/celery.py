"""Celery only carries ids to workers; the database stays the only truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "offer_site.settings")

app = Celery("offer_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
