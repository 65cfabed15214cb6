"""When the tax law demands a receipt of the cash register.

For cards, Kaspi and cash; never for bank transfers.
"""

from enrollment.rules.methods import WORDINGS, Method, method_of

# Both come as transfers to the academy's account.
FREE = (Method.TRANSFER, Method.INSTALLMENT)
NOT_DEMANDED = tuple(WORDINGS[method].beginning for method in FREE)


def demands_fiscal_receipt(method: str) -> bool:
    """Whether a movement of money needs a fiscal receipt; an unknown method needs one."""
    return method_of(method) not in FREE
