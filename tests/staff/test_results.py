"""Attendance and results at the desks: a curator sees and records the own students only (3.5)."""

import io

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from enrollment.admin import results
from enrollment.models import CuratorAssignment, ProgrammeItem, StudyResult
from enrollment.operations.training.curators import assign_curators
from materials.operations import withdraw_material
from offer_site.days import start_of_day
from offer_site.journal.models import Entry
from offer_site.journal.operations import actor
from tests.enrollment.training.scenes import a_curator, a_student, a_taught_cohort
from tests.given import STARTS_ON, a_cohort, an_owner
from tests.materials.scenes import a_video
from tests.pages.answering import OpenPage
from tests.staff.conftest import signed_in

pytestmark = pytest.mark.django_db
BEGUN = start_of_day(STARTS_ON)


@pytest.fixture(autouse=True)
def _begun():
    with time_machine.travel(BEGUN, tick=False):
        yield


@pytest.fixture
def taught():
    """A cohort; a curator's student and another's, each with a surname of its own."""
    cohort = a_taught_cohort()
    mine = a_student(cohort, surname="Менікі")
    other = a_student(cohort, surname="Бөгде")
    curator = a_curator("one", mine)
    a_curator("two", other)
    return cohort, mine, other, curator


def page(model, name, *arguments):
    return reverse(f"admin:enrollment_{model}_{name}", args=arguments)


def grid(cohort, kind="lesson"):
    return page("cohort", "results", cohort.pk, kind)


@pytest.mark.clause("3.5")
def test_a_curator_finds_the_own_students_and_no_other(taught):
    cohort, _mine, other, curator = taught
    desk = signed_in(curator)
    shown = [
        desk.get(page("enrollment", "changelist")),
        desk.get(page("enrollment", "changelist"), {"q": other.order.code}),
        desk.get(page("enrollment", "changelist"), {"q": "Бөгде"}),
        desk.get(page("enrollment", "changelist"), {"cohort__id__exact": cohort.pk}),
        desk.get(page("cohort", "change", cohort.pk)),
        desk.get(grid(cohort)),
        desk.get(grid(cohort, "report")),
    ]
    texts = [answer.content.decode() for answer in shown]
    texts.append(b"".join(desk.get(page("cohort", "table", cohort.pk))).decode())
    for text in texts:
        # What was searched for stands in the field of the search.
        for said in ('value="Бөгде"', f'value="{other.order.code}"', f"q={other.order.code}"):
            text = text.replace(said, "")
        assert "Бөгде" not in text
        assert other.order.code not in text
    assert "Менікі" in texts[0]
    assert all("Менікі" in texts[at] for at in (4, 5, 6, 7))


@pytest.mark.clause("3.5")
@pytest.mark.parametrize("name", ["change", "result", "completion", "day", "curator"])
def test_another_students_address_is_not_found(taught, name):
    _cohort, mine, other, curator = taught
    desk = signed_in(curator)
    assert desk.get(page("enrollment", name, other.pk)).status_code == 404
    known = desk.get(page("enrollment", name, mine.pk)).status_code
    assert known == (200 if name in ("change", "result") else 403)


@pytest.mark.clause("3.5")
def test_managers_see_every_student_and_set_the_curator(taught, at_managers_desk, manager):
    cohort, mine, other, curator = taught
    text = at_managers_desk.get(page("cohort", "change", cohort.pk)).content.decode()
    assert "Менікі" in text
    assert "Бөгде" in text
    sent = {f"curator_{each.pk}": curator.pk for each in (mine, other)}
    at_managers_desk.post(page("cohort", "curators", cohort.pk), sent)
    led = CuratorAssignment.objects.standing().filter(curator=curator)
    assert set(led.values_list("enrollment", flat=True)) == {mine.pk, other.pk}
    [row] = Entry.objects.filter(verb="enrollment.curator_assigned", by=actor(manager))
    assert row.facts["to"] == actor(curator)
    at_managers_desk.post(page("enrollment", "curator", other.pk), {"curator": ""})
    assert set(led.all().values_list("enrollment", flat=True)) == {mine.pk}


def test_a_curator_sets_no_curator(taught):
    cohort, mine, _other, curator = taught
    desk = signed_in(curator)
    assert desk.post(page("cohort", "curators", cohort.pk), {}).status_code == 403
    sent = {"curator": ""}
    assert desk.post(page("enrollment", "curator", mine.pk), sent).status_code == 403
    assert CuratorAssignment.objects.standing().count() == 2


@pytest.mark.clause("7.2.4")
def test_one_result_is_recorded_on_the_students_page(taught):
    cohort, mine, _other, curator = taught
    work = cohort.items.get(kind="assignment")
    desk = signed_in(curator)
    sent = {"item": work.pk, "result": "12", "comment": "Ұсыныс нақты"}
    answer = desk.post(page("enrollment", "result", mine.pk), sent)
    assert list(answer.context["form"].errors) == ["result"]
    assert "Ұсыныс нақты" in answer.content.decode()
    desk.post(page("enrollment", "result", mine.pk), sent | {"result": "9"})
    found = StudyResult.objects.get()
    assert (found.mark, found.points, found.comment) == ("accepted", 9, "Ұсыныс нақты")
    assert "Ұсыныс нақты" in desk.get(page("enrollment", "change", mine.pk)).content.decode()


@pytest.mark.clause("7.2.4")
def test_the_grid_records_what_was_changed_in_it(taught):
    cohort, mine, other, curator = taught
    desk = signed_in(curator)
    work = cohort.items.get(kind="assignment")
    was = desk.get(grid(cohort, "assignment")).context["grid"].was
    name = f"r_{mine.pk}_{work.pk}"
    wrong = desk.post(grid(cohort, "assignment"), {"was": was, name: "100"})
    assert 'value="100"' in wrong.content.decode()
    assert not StudyResult.objects.exists()
    hidden = f"r_{other.pk}_{work.pk}"
    desk.post(grid(cohort, "assignment"), {"was": was, name: "8", hidden: "8"})
    assert [(each.enrollment, each.points) for each in StudyResult.objects.all()] == [(mine, 8)]
    # The page of another desk is older: its change is not taken over this one.
    stale = desk.post(grid(cohort, "assignment"), {"was": was, name: "3"})
    assert stale.status_code == 200
    assert StudyResult.objects.get().points == 8
    was = desk.get(grid(cohort, "assignment")).context["grid"].was
    desk.post(grid(cohort, "assignment"), {"was": was, name: ""})
    assert StudyResult.objects.get().mark == ""


@pytest.mark.clause("7.2.4")
@pytest.mark.django_db(transaction=True)  # what a refusal rolls back is a transaction of its own
def test_a_table_is_sent_and_its_faults_are_named(taught):
    cohort, mine, other, curator = taught
    desk = signed_in(curator)
    address = page("cohort", "results_file", cohort.pk)

    def send(text):
        return desk.post(address, {"file": io.BytesIO(text.encode())})

    faulty = send(f"order;L1\n{mine.order.code};+\n{other.order.code};+\n")
    assert list(faulty.context["form"].errors) == ["file"]
    assert not StudyResult.objects.exists()
    assert send(f"order;L1\n{mine.order.code};+\n")["Location"]
    assert StudyResult.objects.get().mark == "attended"
    assert Entry.objects.filter(verb="results.exported").count() == 0
    desk.get(page("cohort", "table", cohort.pk))
    assert Entry.objects.get(verb="results.exported").by == actor(curator)


@pytest.mark.clause("7.2.4")
@pytest.mark.django_db(transaction=True)  # what a refusal rolls back is a transaction of its own
def test_a_table_of_yesterday_is_refused_by_its_lines(taught):
    cohort, mine, _other, curator = taught
    desk = signed_in(curator)
    of_yesterday = b"".join(desk.get(page("cohort", "table", cohort.pk)))
    work = cohort.items.get(kind="assignment")
    colleague = signed_in(an_owner())
    sent = {"item": work.pk, "result": "7", "comment": "Аз"}
    assert colleague.post(page("enrollment", "result", mine.pk), sent).status_code == 302
    lines = of_yesterday.decode("utf-8-sig").splitlines()
    at = lines[0].split(";").index(str(work))
    cells = lines[1].split(";")
    cells[at] = "9"
    filled = "\n".join([lines[0], ";".join(cells)]).encode()
    address = page("cohort", "results_file", cohort.pk)
    refused = desk.post(address, {"file": io.BytesIO(filled)})
    [sentence] = refused.context["form"].errors["file"]
    assert "2" in sentence
    assert StudyResult.objects.get().points == 7


@pytest.mark.clause("7.2.4")
@pytest.mark.django_db(transaction=True)  # what a refusal rolls back is a transaction of its own
def test_a_result_that_a_colleague_recorded_meanwhile_is_read_first(taught):
    _cohort, mine, _other, curator = taught
    work = mine.cohort.items.get(kind="assignment")
    opened = OpenPage(signed_in(curator), page("enrollment", "result", mine.pk))
    sent = {"item": work.pk, "result": "9", "comment": "Сөз"}
    colleague = OpenPage(signed_in(an_owner()), opened.address)
    assert colleague.send(sent | {"result": "-", "comment": "Аз"}).status_code == 302
    refused = opened.send(sent)
    assert refused.status_code == 200
    assert "Сөз" in refused.text
    assert StudyResult.objects.get().comment == "Аз"
    # What the refused page shows is read now: the same form again is an answer to it.
    again = OpenPage(opened.browser, opened.address)
    assert again.send(sent).status_code == 302
    assert StudyResult.objects.get().comment == "Сөз"


@pytest.mark.clause("7.2.4")
def test_the_grid_says_at_its_field_what_came_in_the_same_moment(taught):
    cohort, mine, _other, curator = taught
    work = cohort.items.get(kind="assignment")
    name = f"r_{mine.pk}_{work.pk}"
    opened = OpenPage(signed_in(curator), grid(cohort, "assignment"))
    colleague = OpenPage(signed_in(an_owner()), opened.address)
    for points in ("7", "8", ""):
        # Emptied again, the field reads as it did, and is another answer all the same.
        colleague = OpenPage(colleague.browser, opened.address)
        assert colleague.send({name: points}).status_code == 302
    refused = opened.send({name: "9"})
    assert refused.status_code == 200
    assert 'value="9"' in refused.text
    assert f'id="fault-{name}"' in refused.text
    assert StudyResult.objects.get().mark == ""


@pytest.mark.clause("7.2.4")
def test_the_completion_shows_the_results(taught, at_managers_desk):
    cohort, mine, _other, curator = taught
    lesson = cohort.items.get(kind="lesson", number=1)
    signed_in(curator).post(
        page("enrollment", "result", mine.pk), {"item": lesson.pk, "result": "+"}
    )
    with time_machine.travel(start_of_day(cohort.ends_on), tick=False):
        form = at_managers_desk.get(page("cohort", "completion", cohort.pk)).context["form"]
    assert "1" in form.fields[f"completed_{mine.pk}"].help_text


@pytest.mark.clause("7.2.3")
def test_staff_write_the_programme(at_managers_desk):
    cohort = a_cohort()
    sent = {
        "cohort": cohort.pk,
        "kind": "assignment",
        "number": 1,
        "day": "2020-01-01",
        "begins_at": "19:00",
        "title_kk": "Жоспар",
        "title_ru": "План",
    }
    answer = at_managers_desk.post(page("programmeitem", "add"), sent)
    assert set(answer.context["adminform"].form.errors) == {
        "day",
        "begins_at",
    }
    sent |= {"day": STARTS_ON.isoformat(), "begins_at": ""}
    at_managers_desk.post(page("programmeitem", "add"), sent)
    item = ProgrammeItem.objects.get()
    assert Entry.objects.filter(verb="programmeitem.added", about_key=str(item.pk)).exists()
    assert LogEntry.objects.exists()
    at_managers_desk.post(page("programmeitem", "removal", item.pk))
    assert not ProgrammeItem.objects.exists()


# --- What changed between the page and the post
def shown_fields(answer):
    """What a browser sends back of a grid that it was shown."""
    grid_shown = answer.context["grid"]
    cells = [cell for _student, row in grid_shown.rows for cell in row]
    return {cell.name: cell.value for cell in cells} | {"was": grid_shown.was}


@pytest.mark.clause("7.2.4")
def test_a_student_who_moved_to_another_page_meanwhile_keeps_the_result(monkeypatch, taught):
    monkeypatch.setattr(results, "STUDENTS_A_PAGE", 1)
    cohort, mine, _other, curator = taught
    desk = signed_in(curator)
    fields = shown_fields(desk.get(grid(cohort)))
    newcomer = a_student(cohort, surname="Аааева")
    assign_curators(wishes={newcomer.pk: curator}, by=an_owner(), at=BEGUN)
    lesson = cohort.items.get(kind="lesson", number=1)
    assert desk.post(grid(cohort), fields | {f"r_{mine.pk}_{lesson.pk}": "+"}).status_code == 302
    assert StudyResult.objects.get().enrollment == mine


def test_a_result_of_a_student_who_is_gone_is_told_and_nothing_is_recorded(taught):
    cohort, mine, other, curator = taught
    assign_curators(wishes={other.pk: curator}, by=an_owner(), at=BEGUN)
    desk = signed_in(curator)
    fields = shown_fields(desk.get(grid(cohort)))
    assign_curators(wishes={other.pk: None}, by=an_owner(), at=BEGUN)
    lesson = cohort.items.get(kind="lesson", number=1)
    typed = {f"r_{each.pk}_{lesson.pk}": "+" for each in (mine, other)}
    answer = desk.post(grid(cohort), fields | typed)
    assert answer.status_code == 200
    assert "1 нәтиже" in answer.text
    assert shown_fields(answer)[f"r_{mine.pk}_{lesson.pk}"] == "+"
    assert not StudyResult.objects.exists()


# --- What stays in the programme
@pytest.mark.clause("7.2.3")
@pytest.mark.django_db(transaction=True)  # what a refusal rolls back is a transaction of its own
def test_a_lesson_that_had_a_material_stays_and_a_sentence_says_why(taught):
    cohort, _mine, _other, curator = taught
    lesson = cohort.items.get(kind="lesson", number=2)
    by = an_owner()
    withdraw_material(material=a_video(cohort, item=lesson), by=by, at=BEGUN)
    answer = signed_in(curator).post(page("programmeitem", "removal", lesson.pk))
    assert answer.status_code == 200
    assert "бағдарламада қалады" in answer.text
    assert ProgrammeItem.objects.filter(pk=lesson.pk).exists()
    assert not Entry.objects.filter(verb="programmeitem.removed").exists()
