"""When the tax law demands a receipt of the cash register.

For cards, Kaspi and cash; never for bank transfers.
"""

from enrollment.rules.methods import WORDINGS, Method

# Both come as transfers to the academy's account.
FREE = (Method.TRANSFER, Method.INSTALLMENT)
NOT_DEMANDED = tuple(WORDINGS[method].beginning for method in FREE)
