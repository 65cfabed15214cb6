"""The audit of a world in which nothing is false."""

from offer_site.audit.asking import ask_everything


def test_a_world_that_only_operations_made_has_nothing_false(lived):
    found = [str(answer) for answer in ask_everything(at=lived.at) if answer.found]
    assert found == []
