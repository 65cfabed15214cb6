"""Why a PDF is no material: no mark can be put on it, or none would be seen (11.5)."""


class UnmarkablePdfError(ValueError):
    """The PDF is locked, broken, too long or too odd: no mark can be put on it."""


class UnseenMarkError(UnmarkablePdfError):
    """The mark would not be seen on this page: something lies above it, or cuts it off."""

    def __init__(self, page: int) -> None:
        super().__init__(f"the mark is not seen on page {page}")
        self.page = page
