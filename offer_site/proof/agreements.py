"""What a student answered by the links of letters, word for word (4.6, 10.2, 12.4)."""

from enrollment.models import LinkAnswer, LinkSubject, Order

from .parts import Both, File, Part, ProofChapter, Table, both, columns, moment

ANSWER = (
    "subject number accepts email sent_at shown language origin_digest salt answered_at answered_by"
)
SAID: dict[bool, Both] = {
    True: ("келісті", "согласие"),
    False: ("келіспеді", "отказ"),
}


def answers_by_link(order: Order) -> Part:
    """Each answer: to which letter, what its page showed, when. No part where there is none."""
    found = list(order.link_answers.select_related("letter").order_by("pk"))
    if not found:
        return Part("link_answers", None)
    rows = [
        (
            both(LinkSubject(each.subject).label),
            each.email,
            moment(each.sent_at),
            moment(each.answered_at),
            SAID[each.accepts],
        )
        for each in found
    ]
    headings = (
        ("Не ұсынылды", "Что предложено"),
        ("Хат жіберілген пошта", "Куда отправлено письмо"),
        ("Хат жіберілді", "Письмо отправлено"),
        ("Жауап берілді", "Дан ответ"),
        ("Жауап", "Ответ"),
    )
    chapter = ProofChapter(
        "link-answers",
        ("Хаттағы сілтеме арқылы берілген жауаптар", "Ответы по ссылкам из писем"),
        tables=[Table("link-answers", headings, rows)],
    )
    facts = [columns(each, ANSWER) | {"letter": each.letter.message_id} for each in found]
    return Part("link_answers", facts, [chapter], [_page(each) for each in found])


def _page(answer: LinkAnswer) -> File:
    """What the page showed and the button that was pressed."""
    name = f"link-answers/{answer.subject}-{answer.number}.txt"
    return File(name, answer.shown.encode)
