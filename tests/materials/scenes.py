"""Materials of a cohort."""

from io import BytesIO
from typing import Any

import pikepdf

from enrollment.models import Cohort
from materials.models import Material
from materials.operations import MaterialData, add_material
from offer_site.documents import read_document
from tests.given import NOON, an_owner

VIDEO = "https://video.example.kz/secret-7"


def a_pdf(*sizes: tuple[int, int]) -> bytes:
    """A PDF with an empty page of each size."""
    document = pikepdf.new()
    for size in sizes or ((595, 842),):
        document.add_blank_page(page_size=size)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def a_file(cohort: Cohort, *sizes: tuple[int, int], **wishes: Any) -> Material:
    wishes = {"document": read_document(a_pdf(*sizes)), "kind": "file"} | wishes
    return a_material(cohort, **wishes)


def a_video(cohort: Cohort, **wishes: Any) -> Material:
    return a_material(cohort, **({"kind": "video", "address": VIDEO} | wishes))


def a_material(cohort: Cohort, **wishes: Any) -> Material:
    values = {"title_kk": "Бәсекелестер кестесі", "title_ru": "Таблица конкурентов"} | wishes
    return add_material(data=MaterialData(cohort=cohort, **values), by=an_owner(), at=NOON)
