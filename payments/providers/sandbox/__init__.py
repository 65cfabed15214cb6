"""The other side of the card protocol: a bank for development and tests, which never moves money."""
