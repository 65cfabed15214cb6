"""The changes that an edit in the admin made, as the journal records them (S1)."""

from typing import Any

from django.db.models import QuerySet


def changes_of(form: Any, formsets: Any, *, unjournalled: frozenset[str]) -> dict[str, Any]:
    """Each field's value before and after, and the rows added, changed and removed."""
    facts: dict[str, Any] = {}
    fields = {
        name: None
        if name in unjournalled
        else [plain(form.initial.get(name)), plain(form.cleaned_data.get(name))]
        for name in form.changed_data
    }
    if fields:
        facts["fields"] = fields
    for formset in formsets:
        rows = {
            "added": [plain(row) for row in formset.new_objects],
            "changed": [[plain(row), *names] for row, names in formset.changed_objects],
            "removed": [plain(row) for row in formset.deleted_objects],
        }
        edited = {verb: named for verb, named in rows.items() if named}
        if edited:
            facts[formset.model._meta.model_name] = edited
    return facts


def plain(value: Any) -> Any:
    if isinstance(value, list | tuple | QuerySet):
        return [plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
