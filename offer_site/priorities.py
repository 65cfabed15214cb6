"""Which task goes first: a code for which somebody waits, before a thousand papers (0041).

Redis keeps a list for each step, and a worker that is free takes from the first that is not empty.
"""

from enum import IntEnum


class Priority(IntEnum):
    """The lower, the sooner."""

    CODE = 0  # somebody sits before the page and waits
    MOMENT = 3  # what a person has just done: an order, a payment, an answer
    BATCH = 6  # letters that the clock queues by the hundred
    PAPER = 9  # what takes a second each
