"""No model holds something of a person that no class of retention and no copy names (5, 11.2)."""

import pytest
from django.apps import apps
from django.db import models

from offer_site.retention.classes import DataClassKey
from offer_site.retention.columns import (
    ENDINGS_OF_NO_PERSON,
    ERASED_BY_CODE,
    NAMES_OF_NO_PERSON,
    OF_NO_PERSON,
    STAYS,
)
from offer_site.retention.export import CHAPTERS
from offer_site.retention.holdings import HOLDINGS
from offer_site.retention.values import ERASERS

pytestmark = [pytest.mark.clause("5.4")]
SAYING = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.BinaryField,
    models.GenericIPAddressField,
)


def columns_of(model) -> set[str]:
    """The columns that can say something: text without a fixed set of values, JSON, files."""
    return {
        each.name
        for each in model._meta.local_fields
        if isinstance(each, SAYING) and not each.choices and not each.primary_key
    }


def all_columns() -> set[str]:
    return {
        f"{model._meta.label}.{name}"
        for model in apps.get_models()
        if not model._meta.proxy
        for name in columns_of(model)
    }


def say_nothing_by_name(column: str) -> bool:
    name = column.rpartition(".")[2]
    if name in NAMES_OF_NO_PERSON:
        return True
    return any(name == each or name.endswith(each) for each in ENDINGS_OF_NO_PERSON)


def named_in(table: dict[str, str]) -> set[str]:
    found = set()
    for label, names in table.items():
        wanted = columns_of(apps.get_model(label)) if names == "*" else names.split()
        found |= {f"{label}.{name}" for name in wanted}
    return found


def of_a_class() -> set[str]:
    """The columns that a class of retention names: erased by the table, by code, or never."""
    found = {f"{each.model._meta.label}.{name}" for each in HOLDINGS for name in each.columns}
    found |= named_in(ERASED_BY_CODE)
    for table in STAYS.values():
        found |= named_in(table)
    return found


def forgotten(columns: set[str]) -> set[str]:
    """The columns of which nobody has said what they hold."""
    unnamed = columns - of_a_class() - named_in(OF_NO_PERSON)
    return {each for each in unnamed if not say_nothing_by_name(each)}


def test_every_column_that_can_say_something_has_its_class_or_says_nothing_of_a_person():
    assert forgotten(all_columns()) == set()


def test_the_control_a_new_column_is_forgotten():
    assert forgotten({"enrollment.Claim.nickname"}) == {"enrollment.Claim.nickname"}
    assert "enrollment.Claim.demand" in all_columns()


def test_no_column_is_named_that_is_not_there_and_none_twice():
    there = {
        f"{model._meta.label}.{each.name}"
        for model in apps.get_models()
        for each in model._meta.local_fields
    }
    assert of_a_class() - there == set()
    assert named_in(OF_NO_PERSON) - there == set()
    assert of_a_class() & named_in(OF_NO_PERSON) == set()


def test_each_holding_has_a_class_that_is_erased_and_a_chapter_of_the_copy():
    for each in HOLDINGS:
        assert each.data in ERASERS, each
        assert each.chapter in CHAPTERS, each
    assert set(ERASERS) <= set(DataClassKey)
