"""The one error for a wish that the offer refuses."""


class RuleViolation(Exception):
    """An intention that the offer refuses; facts are never refused, they are recorded.

    `message` is a translated sentence that a customer can act on; `field` names the form field it
    belongs to.
    """

    def __init__(self, message: object, *, clause: str = "", field: str | None = None) -> None:
        super().__init__(str(message))
        self.message = message
        self.clause = clause
        self.field = field
