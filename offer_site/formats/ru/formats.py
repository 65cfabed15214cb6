"""What Django's own Russian formats lack: a month in the genitive, and years of four digits only.

Django reads 01.02.10 as 2010; a birth date typed so would be believed. The rest falls back to
Django's module.
"""

from offer_site.formats.kk.formats import (
    DATE_FORMAT,
    DATE_INPUT_FORMATS,
    DATETIME_FORMAT,
    DATETIME_INPUT_FORMATS,
    TIME_FORMAT,
)

__all__ = [
    "DATETIME_FORMAT",
    "DATETIME_INPUT_FORMATS",
    "DATE_FORMAT",
    "DATE_INPUT_FORMATS",
    "MONTH_DAY_FORMAT",
    "TIME_FORMAT",
]

MONTH_DAY_FORMAT = "j E"
