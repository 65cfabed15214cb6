"""The rules of conduct of an order's own edition, read from its stored texts (6.3, 7.2.8, 11.5)."""

from enrollment.models import Edition
from enrollment.operations.offering.offers import texts_of
from enrollment.rules.conduct import ConductRule, conduct_rules


def rules_of(edition: Edition) -> list[ConductRule]:
    return conduct_rules(**texts_of(edition))
