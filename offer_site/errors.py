"""The one error of a refused wish: a sentence for the person who wished,
and the clause that refuses it.
"""


class RuleViolation(Exception):
    """Raise when an intention is refused by the offer; facts are never refused, they are recorded.

    `message` is a translated sentence that a customer can act on; `field` names the form field it
    belongs to.
    """

    def __init__(self, message: object, *, clause: str = "", field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.clause = clause
        self.field = field
