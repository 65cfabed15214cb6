"""Responses with a file, to save or to open."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from offer_site.spreadsheets import csv_lines

CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
PNG = "image/png"

Answer = TypeVar("Answer", bound=HttpResponseBase)


def download(
    content: bytes,
    name: str,
    *,
    content_type: str = PDF,
    inline: bool = False,
    private: bool = True,
) -> HttpResponse:
    """A response with a file; a `private` one is stored in no cache (5.4).

    Unless `inline`, a browser saves it and never opens it as a page: nothing in it runs on our
    origin.
    """
    response = HttpResponse(content, content_type=content_type)
    return _named(response, name, inline=inline, private=private)


def download_table(rows: Iterable[Sequence[object]], name: str) -> StreamingHttpResponse:
    """A CSV for a spreadsheet, streamed line by line."""
    response = StreamingHttpResponse(csv_lines(rows), content_type=CSV)
    return _named(response, name, inline=False, private=True)


def _named(response: Answer, name: str, *, inline: bool, private: bool) -> Answer:
    response.headers["Content-Disposition"] = str(content_disposition_header(not inline, name))
    if private:
        response.headers["Cache-Control"] = "private, no-store"
    return response
