"""A whole cohort lives under a moving clock, and nothing of it is false."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from enrollment.models import Enrollment, Order
from tests.given import a_placed_order

BEGINS = date(2027, 2, 1)
LONG_AFTER = date(2031, 1, 1)
FEW = 9


@pytest.fixture(autouse=True)
def without_a_queue(settings) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True


def simulated(**options: object) -> list[str]:
    """Run the command, and return what it printed."""
    said = StringIO()
    call_command("simulate_cohort", begins=BEGINS, stdout=said, **options)
    return said.getvalue().splitlines()


def test_a_small_cohort_lives_to_three_years_after_its_end_and_the_audit_is_clean(
    transactional_db,
):
    said = simulated(students=FEW, seed=1, hours=[9, 20])  # half of the clock's own work
    assert said[-1].endswith(" lines, 0 false"), said[-5:]
    assert said[0].split() == ["sale", "course", "after", "three", "years"]
    assert [line for line in said if line.startswith("Certificate sent")]
    assert Order.objects.count() >= FEW
    assert Enrollment.objects.completed().exists()
    assert not Enrollment.objects.past_the_day(LONG_AFTER).exists(), "nobody is forgotten"


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1, 6))
def test_two_hundred_students_live_every_road_and_the_audit_is_clean(transactional_db, seed):
    assert simulated(students=200, seed=seed)[-1].endswith(" lines, 0 false")


def test_a_site_with_orders_is_left_alone(db):
    a_placed_order()
    with pytest.raises(CommandError, match="empty site"):
        simulated(students=1)
    assert Order.objects.count() == 1


def test_a_site_that_writes_to_people_is_left_alone(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with pytest.raises(CommandError, match="letters to people"):
        simulated(students=1)
    assert not Order.objects.exists()
