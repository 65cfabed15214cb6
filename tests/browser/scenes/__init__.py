"""Every page, letter and paper, each in a scene that the builders of the tests set."""

from tests.browser.scenes import (
    buyers,
    companies,
    duties,
    learners,
    letters,
    office,
    papers,
    rights,
    sandbox,
    staff,
    third_parties,
    visitors,
)
from tests.browser.scenes.scene import SCENES

__all__ = [
    "SCENES",
    "buyers",
    "companies",
    "duties",
    "learners",
    "letters",
    "office",
    "papers",
    "rights",
    "sandbox",
    "staff",
    "third_parties",
    "visitors",
]
