"""A list of learners in a workbook of Excel (.xlsx), which strangers send.

It is an archive of XML, so a file of a few kilobytes may unpack to gigabytes: what it says of its
parts is bounded before any of them is read, and a part is never read beyond what it says. Formulas
are not computed: the value that was saved beside them is taken.
"""

import io
import zipfile
from collections.abc import Iterator

LARGEST_UNPACKED = 4_000_000  # bytes of all parts; a list of 100 learners takes 60 kB
MOST_PARTS = 200
MOST_SHEETS = 20
# A workbook may say that it has a million rows: no more are looked at than lists have.
LAST_ROW = 500
LAST_COLUMN = 20
BEGINS = b"PK\x03\x04"
# A type of document may define entities, which grow as they are read; no program writes one here.
DOCTYPE = b"<!DOCTYPE"


class NotAWorkbookError(ValueError):
    """It cannot be read as a workbook, or is too large unpacked."""


def rows_of_workbook(content: bytes) -> Iterator[list[str]]:
    """The rows of its first sheet that has any, as text; NotAWorkbookError for anything else."""
    _require_bounded(content)
    # Loaded when the first workbook comes: it takes a tenth of a second.
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets[:MOST_SHEETS]:
            if sheet.sheet_state != "visible":
                continue
            found = sheet.iter_rows(max_row=LAST_ROW, max_col=LAST_COLUMN, values_only=True)
            rows = [[_text(value) for value in row] for row in found]
            if any(any(row) for row in rows):
                yield from rows
                return
    # Whatever a stranger's file does to the reader, the buyer reads that it is no list.
    except Exception as error:
        raise NotAWorkbookError(type(error).__name__) from error


def _require_bounded(content: bytes) -> None:
    """Look at the parts of the archive before the reader of workbooks does."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED:
                raise NotAWorkbookError(f"{len(parts)} parts, {unpacked} bytes")
            for part in parts:
                # `read` stops at the size that was counted above, whatever is packed behind it.
                inside = archive.read(part)
                # An XML in UTF-16 would hide the word; Excel and its like write UTF-8.
                if DOCTYPE in inside or (b"\0" in inside[:100] and part.filename.endswith(".xml")):
                    raise NotAWorkbookError(part.filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NotAWorkbookError(type(error).__name__) from error


def _text(value: object) -> str:
    """A cell as it is read in a list; a whole number loses the point that Excel keeps with it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
