"""How a field is drawn: label above, error in words with an id, hint; rows of choices; ticks."""

import re

from django import forms

from offer_site.web.forms import ChoiceRows, CodeInput


class Example(forms.Form):
    who = forms.ChoiceField(
        label="Who?",
        choices=[("person", "Me"), ("company", "Company")],
        widget=ChoiceRows(notes={"company": "One <place>"}, icons={"company": "bank"}),
    )
    name = forms.CharField(label="Name", help_text="As in the passport")
    patronymic = forms.CharField(label="Patronymic", required=False)
    code = forms.CharField(label="Code", required=False, widget=CodeInput())
    read = forms.BooleanField(label="I have read it")


def test_an_error_stands_beside_its_field_and_is_named_by_it():
    field = Example({"name": ""})["name"].as_field_group()
    assert re.search(r'<input[^>]*aria-describedby="id_name_helptext id_name_error"', field)
    assert re.search(r'<input[^>]*aria-invalid="true"', field)
    assert 'id="id_name_error"' in field
    assert 'id="id_name_helptext"' in field
    assert (
        field.index("<label")
        < field.index("<input")
        < field.index('class="error"')
        < field.index('class="hint"')
    )


def test_only_what_may_be_left_out_is_marked():
    form = Example()
    assert 'class="optional"' in form["patronymic"].as_field_group()
    assert 'class="optional"' not in form["name"].as_field_group()


def test_choices_are_rows_with_notes_and_icons():
    rows = Example({"who": "company"})["who"].as_field_group()
    assert rows.count('<label class="choice"') == 2
    assert "One &lt;place&gt;" in rows
    assert "#bank" in rows
    assert re.search(r'value="company"[^>]*checked', rows)
    assert "<legend>Who?</legend>" in rows


def test_a_choice_not_made_is_said_in_its_fieldset():
    rows = Example({})["who"].as_field_group()
    assert 'aria-describedby="id_who_error"' in rows
    assert 'id="id_who"' in rows


def test_no_tick_is_ticked_beforehand():
    tick = Example()["read"].as_field_group()
    assert 'class="tick"' in tick
    assert "checked" not in tick


def test_a_code_can_be_filled_in_by_the_phone():
    assert 'autocomplete="one-time-code"' in str(Example()["code"])


def test_what_was_typed_comes_back():
    assert 'value="Ұлпан &quot;Ә&quot;"' in str(Example({"name": 'Ұлпан "Ә"'})["name"])
