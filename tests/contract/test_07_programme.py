"""Section 7.2.3 and 7.2.4 of the offer, with 3.5, 11.5, 11.6: a course from its copied programme
to the completion, walked at the desks of staff and in the cabinet.
"""

import io
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from enrollment.models import Exclusion
from materials.models import MaterialOpening
from offer_site.clock.schedule import job
from offer_site.days import end_of_day, start_of_day
from tests.accounts.signing import signed_in
from tests.enrollment.training.scenes import a_curator, a_taught_cohort
from tests.given import NOON, STARTS_ON, a_cohort, a_paid_order
from tests.materials.scenes import a_file
from tests.staff.conftest import a_member
from tests.staff.conftest import signed_in as at_the_desk_of
from tests.telegram import a_member as comes
from tests.telegram import fake_telegram, tell

pytestmark = pytest.mark.django_db(transaction=True)
NEXT = STARTS_ON + timedelta(days=70)
GROUP = -1009876543210


@pytest.mark.clause("3.5", "7.2.3", "7.2.4", "11.5", "11.6")
def test_a_course_is_taught_by_its_programme_and_its_curator(settings):
    former = a_taught_cohort()
    cohort = a_cohort(starts_on=NEXT)
    manager = at_the_desk_of(a_member("manager"))

    def desk(name, *arguments):
        return reverse(f"admin:enrollment_cohort_{name}", args=[cohort.pk, *arguments])

    with fake_telegram(settings) as telegram, time_machine.travel(NOON, tick=False) as clock:
        # 7.2.3: the programme of the last cohort, in one step.
        manager.post(desk("programme-copy"))
        codes = [each.code for each in cohort.items.all()]
        assert codes == [each.code for each in former.items.all()]
        assert cohort.items.get(kind="lesson", number=1).day == NEXT
        cohort.telegram_group = GROUP
        cohort.save()
        material = a_file(cohort)
        students = [a_paid_order(cohort=cohort) for _number in range(2)]
        mine, other = students
        # 3.5: each has a curator, who sees the own student only.
        curator = a_curator("walk", mine.enrollment)
        list(job("keep_groups").run(NOON))
        list(job("send_telegram").run(NOON))
        assert [what for method, what in telegram.of_groups] == [each.code for each in students]

        clock.move_to(start_of_day(NEXT) + timedelta(hours=20), tick=False)
        # 7.2.4: attendance in the grid, works from a table.
        at_curators = at_the_desk_of(curator)
        lesson = cohort.items.get(kind="lesson", number=1)
        grid = at_curators.get(desk("results", "lesson"))
        shown = grid.content.decode()
        assert mine.learner.full_name in shown
        sent = {"was": grid.context["grid"].was, f"r_{mine.enrollment.pk}_{lesson.pk}": "+"}
        at_curators.post(desk("results", "lesson"), sent)
        table = io.BytesIO(f"order;A1\n{mine.code};9\n".encode())
        at_curators.post(desk("results_file"), {"file": table})
        # 11.5: the student reads the own results, opens the material, is in the group.
        browser = signed_in(mine.party.email)
        page = browser.get(reverse("course", args=[mine.code])).content.decode()
        assert "1 / 1" in page
        assert "9,0" in page
        opened = browser.get(reverse("material_opening", args=[mine.code, material.pk]))
        assert opened["Content-Type"] == "application/pdf"
        assert MaterialOpening.objects.get().enrollment == mine.enrollment
        assert (
            browser.get(reverse("material_opening", args=[other.code, material.pk])).status_code
            == 404
        )
        tell(comes("https://t.me/+personal1", group=GROUP))

        # The completion shows the results; who is held back is held back by a named decision.
        clock.move_to(end_of_day(cohort.ends_on) - timedelta(hours=1), tick=False)
        form = manager.get(desk("completion")).context["form"]
        assert form.fields[f"completed_{mine.enrollment.pk}"].help_text
        sent = {
            f"completed_{mine.enrollment.pk}": "on",
            f"reason_{other.enrollment.pk}": "есептерін тапсырмады",
        }
        manager.post(desk("completion"), sent)
        held_back = Exclusion.objects.get()
        assert (held_back.enrollment, held_back.by.email) == (
            other.enrollment,
            "manager@desk.example.kz",
        )
        # Without access nothing opens any more; the former session ended meanwhile.
        browser = signed_in(mine.party.email)
        closed = browser.get(reverse("material_opening", args=[mine.code, material.pk]))
        assert closed["Location"] == reverse("course", args=[mine.code])
