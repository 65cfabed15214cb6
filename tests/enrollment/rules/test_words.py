"""One msgid, two meanings: what became of a thing is said of that thing, in both languages."""

import pytest

from enrollment.models.claim import ClaimVerdict
from enrollment.rules.conduct import Verdict as BreachVerdict
from enrollment.rules.endings import Answer
from offer_site.languages import speaking
from offer_site.notices.kinds import LETTERS, NoticeKind

OVER = next(row for row in LETTERS[NoticeKind.FORCE_MAJEURE].rows if row.keys == ("ended_on",))
WORDS = [
    (ClaimVerdict.DECLINED.label, "қанағаттандырылмады", "не удовлетворена"),
    (Answer.DECLINED.label, "қабылданбады", "отклонено"),
    (BreachVerdict.WITHDRAWN.label, "алып тасталды", "снято"),
    (BreachVerdict.CONFIRMED.label, "расталды", "подтверждено"),
    (OVER.label, "Аяқталған күні", "Закончилось"),
]


@pytest.mark.parametrize(("words", "in_kazakh", "in_russian"), WORDS)
def test_what_became_of_it_is_not_the_word_of_another_thing(words, in_kazakh, in_russian):
    said = []
    for language in ("kk", "ru"):
        with speaking(language):
            said.append(str(words))
    assert said == [in_kazakh, in_russian]
