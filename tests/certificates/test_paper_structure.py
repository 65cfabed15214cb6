"""The structure of a certificate's PDF: PDF/A-3 with its facts inside,
tagged for a reader's voice.
"""

import json
from collections.abc import Iterator
from io import BytesIO

import pikepdf
import pytest

from certificates.rendering import certificate_pdf, verify_address
from tests.certificates.papers import NAMES
from tests.certificates.test_paper import ADDRESS, COMPANY, a_certificate


@pytest.fixture(params=["", COMPANY], ids=["person", "company"])
def paper(request) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(
        BytesIO(certificate_pdf(a_certificate(NAMES[3], company=request.param)))
    ) as document:
        yield document


def elements(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Walk the elements of the structure tree in the order in which they are read."""
    children = node.get("/K", pikepdf.Array())
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(child)


def tags(document: pikepdf.Pdf, *kinds: str) -> list[pikepdf.Object]:
    return [one for one in elements(document.Root.StructTreeRoot) if str(one.S) in kinds]


def text_of(element: pikepdf.Object, document: pikepdf.Pdf) -> set[int]:
    return {int(child) for child in element.K if not isinstance(child, pikepdf.Dictionary)}


def test_it_says_that_it_is_pdf_a_3_a_and_has_what_that_asks_for(paper):
    xmp = paper.Root.Metadata.read_bytes()
    assert b'pdfaid:part="3" pdfaid:conformance="A"' in xmp
    intent = paper.Root.OutputIntents[0]
    assert intent.S == "/GTS_PDFA1"
    assert len(intent.DestOutputProfile.read_bytes()) > 500
    assert paper.trailer.ID[0] is not None
    assert not paper.is_encrypted


def test_it_runs_nothing_and_leads_nowhere(paper):
    assert "/OpenAction" not in paper.Root
    assert "/AA" not in paper.Root
    assert "/JavaScript" not in paper.Root.get("/Names", {})
    kinds = {str(one.get("/S", "")) for one in paper.objects if isinstance(one, pikepdf.Dictionary)}
    assert not kinds & {"/JavaScript", "/Launch", "/URI", "/SubmitForm", "/GoToR"}
    assert all("/Annots" not in page for page in paper.pages)


def test_all_its_fonts_are_embedded_and_can_be_copied(paper):
    fonts = [
        one
        for one in paper.objects
        if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font"
    ]
    whole = [font for font in fonts if font.Subtype == "/Type0"]
    assert len(whole) >= 3
    for font in whole:
        assert "/ToUnicode" in font
        assert {"/FontFile2", "/FontFile3"} & set(font.DescendantFonts[0].FontDescriptor.keys())
    assert all(font.Subtype in ("/Type0", "/CIDFontType2", "/CIDFontType0") for font in fonts)


def test_the_facts_of_the_face_travel_inside_and_nothing_that_it_does_not_show(paper):
    (attached,) = paper.Root.AF
    assert (attached.AFRelationship, attached.UF) == ("/Data", "facts.json")
    assert attached.EF.F.Subtype == "/application/json"
    content = paper.attachments["facts.json"].get_file().read_bytes()
    certificate = a_certificate(NAMES[3])
    facts = json.loads(content)
    company = facts.pop("company")
    assert company in (None, COMPANY)
    assert facts == {
        "number": "LZA-2026-000123",
        "code": certificate.code,
        "verify": verify_address(certificate),
        "learner": NAMES[3],
        "course": "SMMARKETING",
        "package": "БІРГЕ",
        "starts_on": "2026-01-05",
        "ends_on": "2026-02-19",
        "duration": {"kk": "1,5 ай", "ru": "1,5 месяца"},
        "issued_on": "2026-02-26",
        "issuer": "Lessbek Zapusk Academy",
        "signatory": "Лесбек Л. М.",
        "position": {
            "kk": "Жеке кәсіпкер, курс авторы",
            "ru": "Индивидуальный предприниматель, автор курса",
        },
    }
    words = content.decode()
    assert [
        one for one in ("@", ADDRESS, "Фараби", "971240001315", "Дүйсенғалиева") if one in words
    ] == []


def test_it_is_tagged_and_says_its_languages(paper):
    assert paper.Root.MarkInfo.Marked
    assert str(paper.Root.Lang) == "kk"
    assert paper.Root.ViewerPreferences.DisplayDocTitle
    languages = [str(one.Lang) for one in elements(paper.Root.StructTreeRoot) if "/Lang" in one]
    assert set(languages) == {"ru"}
    assert len(languages) >= 14
    assert all(page.StructParents == number for number, page in enumerate(paper.pages))


def test_its_headings_go_down_by_one(paper):
    levels = [int(str(one.S)[-1]) for one in tags(paper, "/H1", "/H2", "/H3", "/H4")]
    assert levels == [1, 2, 2, 3, 3]


def test_its_record_is_a_table_whose_rows_have_heads(paper):
    (table,) = tags(paper, "/Table")
    rows = [one for one in elements(table) if one.S == "/TR"]
    assert len(rows) >= 7
    for row in rows:
        head, value = (one for one in elements(row) if one.S in ("/TH", "/TD"))
        assert (head.S, value.S) == ("/TH", "/TD")
        assert [str(one) for one in value.A.Headers] == [str(head.ID)]


def test_every_figure_says_what_it_is(paper):
    figures = tags(paper, "/Figure")
    assert len(figures) == 2
    assert all("QR-код" in str(one.Alt) for one in figures)


def test_everything_on_both_sheets_is_read_or_an_artifact(paper):
    """No operator paints outside marked content, and each piece of it belongs to one tag."""
    owners = paper.Root.StructTreeRoot.ParentTree.Nums
    for number, page in enumerate(paper.pages):
        depth = 0
        seen = []
        loose = []
        artifacts = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BMC", "BDC"):
                depth += 1
                artifacts += str(operands[0]) == "/Artifact"
                seen += [int(operands[1].MCID)] if name == "BDC" and "/MCID" in operands[1] else []
            elif name == "EMC":
                depth -= 1
            elif name in ("Tj", "TJ", "f", "F", "f*", "S", "s", "B", "b", "Do") and not depth:
                loose.append(name)
        assert loose == []
        assert depth == 0
        assert artifacts >= 1
        assert sorted(seen) == list(range(len(owners[2 * number + 1])))


def test_the_art_of_both_sheets_is_an_artifact_and_comes_first(paper):
    for number, page in enumerate(paper.pages):
        assert page.Contents[0].read_bytes() == f"/Artifact BMC q /Under{number} Do Q EMC".encode()


def test_the_sample_has_no_facts_inside():
    certificate = a_certificate()
    certificate.number = ""
    certificate.code = ""
    certificate.issued_on = None
    with pikepdf.open(BytesIO(certificate_pdf(certificate))) as document:
        assert not document.attachments
