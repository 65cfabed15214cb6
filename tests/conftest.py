"""Fixtures that every test may ask for; the machinery behind them stands in the modules named here."""

from tests.databases import django_db_setup

__all__ = ["django_db_setup"]
