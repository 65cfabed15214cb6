"""Papers: only our own files, the same bytes, art below the text, names that fit."""

from io import BytesIO
from zlib import decompress

import pikepdf
import pytest

from offer_site.pdf import (
    FOLDER,
    TAGGED,
    PaperError,
    Underlay,
    art,
    measure,
    qr_svg,
    set_text,
    style,
)
from offer_site.pdf.stamps import QrStamp
from offer_site.templatetags.paper import whole_words

PAGE = (
    "<html lang='kk'><meta charset='utf-8'><title>Қ</title><body><article "
    "class='sheet'>{}</article></body></html>"
)


def paper(body="Сертификат", sheets=1, **options):
    underlays = (Underlay.drawn("face-vip"), Underlay.drawn("back"))[:sheets]
    return set_text(
        PAGE.format(body), style("certificate"), underlays, identifier=b"LZA-1", **options
    )


@pytest.mark.clause("11.4")
@pytest.mark.parametrize(
    "body",
    [
        '<link rel="attachment" href="file:///etc/passwd">',
        '<img src="file:///etc/passwd">',
        '<img src="../../settings.py">',
        '<img src="svg/../../../settings.py">',
        '<img src="http://localhost/x.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="given/other.svg">',
    ],
)
def test_a_paper_reads_only_our_own_files(body):
    with pytest.raises(PaperError):
        paper(body, given={"mine.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>"})


def test_a_paper_shows_what_its_maker_gives():
    square = (
        b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><path d='M0 0h9v9H0z'/></svg>"
    )
    assert paper('<img src="given/mine.svg">', given={"mine.svg": square}).startswith(b"%PDF")


def test_the_same_input_gives_the_same_bytes():
    assert paper() == paper()
    assert paper() != paper("Сертификат 2")


def test_the_art_lies_below_each_sheet_as_one_form():
    with pikepdf.open(BytesIO(paper("1</article><article class='sheet'>2", sheets=2))) as pdf:
        assert len(pdf.pages) == 2
        for number, sheet in enumerate(pdf.pages):
            first = sheet.Contents[0].read_bytes()
            assert first == f"/Artifact BMC q /Under{number} Do Q EMC".encode()
            assert f"/Under{number}" in sheet.Resources.XObject


@pytest.mark.parametrize("name", [path.stem for path in (FOLDER / "forms").glob("*.form")])
def test_the_art_that_is_shipped_drawn_is_that_of_today(name):
    kept = Underlay.kept(name)
    assert kept is not None, "run scripts/underlays.py"
    assert len(kept.form) < 40_000
    assert b" re" in decompress(kept.form) or b" c" in decompress(kept.form)


def test_art_that_is_not_drawn_yet_is_drawn_by_who_needs_it(monkeypatch, tmp_path):
    shipped = Underlay.kept("back")
    monkeypatch.setattr(art, "FOLDER", tmp_path)
    (tmp_path / "svg").mkdir()
    (tmp_path / "svg" / "back.svg").write_bytes((FOLDER / "svg" / "back.svg").read_bytes())
    assert Underlay.kept("back") is None
    assert art.draw("back", 297, 210) == shipped


def test_every_sheet_of_art_is_shipped_drawn():
    sheets = {path.stem for path in (FOLDER / "svg").glob("*.svg")} - {"mark"}
    assert {path.stem for path in (FOLDER / "forms").glob("*.form")} == sheets


def test_a_stamp_stands_where_the_page_says_and_is_read_aloud():
    stamp = QrStamp(1, 1, "QR-код", address="https://example.kz/")
    whole = paper(f"<div style='width: 9mm'>{stamp.place}</div>", stamps=[stamp], variant=TAGGED)
    with pikepdf.open(BytesIO(whole)) as pdf:
        assert (
            f"0 0 {stamp.side} {stamp.side} re f".encode() in pdf.pages[0].Contents[1].read_bytes()
        )
        assert [
            str(one.Alt)
            for one in pdf.objects
            if isinstance(one, pikepdf.Dictionary) and "/Alt" in one
        ] == ["QR-код"]


def test_a_stamp_without_a_place_is_a_mistake():
    with pytest.raises(LookupError):
        paper(stamps=[QrStamp(1, 1, "QR-код", address="https://example.kz/")])


def test_a_paper_says_that_it_is_pdf_a():
    with pikepdf.open(BytesIO(paper())) as pdf:
        assert b'pdfaid:part="3" pdfaid:conformance="U"' in pdf.Root.Metadata.read_bytes()


@pytest.mark.parametrize(
    "name", ["Ли Анна", "Қожағұлова-Нұрмұхамбетова Жұлдызай Әбдіманапқызы", "Ы" * 60]
)
def test_a_name_fits_its_column_and_loses_no_letter(name):
    letters = measure("literata-400")
    fit = letters.fit(name, 141, (44, 39, 24), lines=3)
    assert " ".join(fit.lines) == name
    assert all(letters.width(line) * fit.size * 0.3528 <= 141 for line in fit.lines)


def test_every_letter_of_both_languages_is_in_the_fonts():
    letters = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
    for font in (FOLDER / "fonts").glob("*.ttf"):
        glyphs = measure(font.stem).glyphs
        assert [
            letter
            for letter in letters + letters.upper() + "0123456789«»№₸–"
            if ord(letter) not in glyphs
        ] == []


def test_a_hyphened_name_is_never_broken_and_never_markup():
    assert whole_words("Ли-Ан <b>\nҚ") == '<span class="whole">Ли-Ан</span> &lt;b&gt;<br>Қ'


def test_a_qr_code_is_one_path_on_its_quiet_ground():
    drawn = qr_svg("https://example.kz/verify/7kq2m9x4tabw3ec5hn8pd6rjvy/")
    assert drawn.count("<path") == 2
    assert "script" not in drawn
