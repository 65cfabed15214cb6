"""Credit of a second-tier bank: we record what its own system decided (4.4)."""
