"""When the tax law demands a receipt of the cash register: for cards, Kaspi and cash,
never for bank transfers.
"""

from enrollment.rules.ways import BEGINNINGS, Way

FREE = frozenset({Way.TRANSFER, Way.INSTALLMENT})  # both come as transfers to the academy's account
NOT_DEMANDED = tuple(beginning for beginning, way in BEGINNINGS.items() if way in FREE)
