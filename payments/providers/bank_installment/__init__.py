"""Instalments through a second-tier bank: the application lives in the bank's system,
we keep what it decided (4.4).
"""
