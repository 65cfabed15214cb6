"""Every state that a page shows has one look, made of words, a tone and an icon that exist."""

import re

import pytest
from django.contrib.staticfiles import finders

from enrollment.rules.order_states import OrderState
from offer_site.pages.states import (
    LOOKS_OF_CONTRACT_STAGES,
    LOOKS_OF_INVOICE_STAGES,
    LOOKS_OF_ORDER_STAGES,
    LOOKS_OF_STATES,
    ContractStage,
    InvoiceStage,
    Look,
    OrderStage,
    look_of_order,
)

LOOKS = [
    *LOOKS_OF_STATES.values(),
    *LOOKS_OF_ORDER_STAGES.values(),
    *LOOKS_OF_INVOICE_STAGES.values(),
    *LOOKS_OF_CONTRACT_STAGES.values(),
]


def static_text(name: str) -> str:
    with open(finders.find(name)) as file:
        return file.read()


def test_every_state_of_an_order_has_a_look():
    assert set(LOOKS_OF_STATES) == set(OrderState)


@pytest.mark.parametrize("state", OrderState)
@pytest.mark.parametrize("stage", OrderStage)
def test_an_order_has_a_look_at_every_stage(stage, state):
    assert look_of_order(stage, state) in LOOKS


def test_a_concluded_order_looks_as_its_state():
    looks = {state: look_of_order(OrderStage.CONCLUDED, state) for state in OrderState}
    assert looks == LOOKS_OF_STATES


@pytest.mark.parametrize(
    ("stages", "looks"),
    [(InvoiceStage, LOOKS_OF_INVOICE_STAGES), (ContractStage, LOOKS_OF_CONTRACT_STAGES)],
)
def test_every_stage_has_a_look(stages, looks):
    assert set(looks) == set(stages)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: str(look.words))
def test_the_tone_and_the_icon_of_a_look_exist(look):
    tones = set(re.findall(r"\.status-(\w+)", static_text("css/components/mark.css")))
    icons = set(re.findall(r'<symbol id="(\w+)"', static_text("img/sprite.svg")))
    assert look.tone in tones | {""}
    assert look.icon in icons


def test_the_same_words_never_look_different():
    of_words: dict[str, set[Look]] = {}
    for look in LOOKS:
        of_words.setdefault(str(look.words), set()).add(look)
    assert [looks for looks in of_words.values() if len(looks) > 1] == []
