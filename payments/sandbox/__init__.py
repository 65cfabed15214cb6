"""The other side of the protocols of card and Kaspi: a bank for development and tests,
which never moves money.
"""
