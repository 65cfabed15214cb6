"""The one error for a wish that the offer refuses, and the one for too many tries."""


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


class TooManyTriesError(Exception):
    """A visitor tried so often to reach what is not theirs that nothing is looked up any more.

    The answer is the same whether there is such a thing or not (3.1 (5)).
    """

    def __init__(self, *, seconds: int) -> None:
        super().__init__("too many tries")
        self.seconds = seconds
