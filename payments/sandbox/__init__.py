"""A bank for development and tests: the other side of the card and Kaspi protocols.

It never moves money.
"""
