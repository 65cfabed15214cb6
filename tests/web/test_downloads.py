"""Answering with a file: its name, its kind, and who may keep it."""

from offer_site.web.downloads import CSV, download, download_table


def test_a_file_is_saved_under_its_name_and_stays_in_no_cache():
    response = download(b"%PDF", "SM4K7Q2X.pdf")
    assert response.content == b"%PDF"
    assert dict(response.headers) == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="SM4K7Q2X.pdf"',
        "Cache-Control": "private, no-store",
    }


def test_a_paper_may_be_opened_and_a_public_file_kept():
    response = download(b"a", "a.txt", content_type="text/plain", inline=True, private=False)
    assert dict(response.headers) == {
        "Content-Type": "text/plain",
        "Content-Disposition": 'inline; filename="a.txt"',
    }


def test_a_name_ends_no_header_early():
    name = 'шот "1"\r\nX-Evil: 1.pdf'
    disposition = download(b"", name).headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert not set('\r\n"') & set(disposition)


def test_a_table_is_answered_line_by_line():
    response = download_table([("a", 1), ("=b", 2)], "sums.csv")
    assert response.streaming
    assert b"".join(response).decode("utf-8-sig") == "a;1\r\n'=b;2\r\n"
    assert response.headers["Content-Type"] == CSV
    assert response.headers["Content-Disposition"] == 'attachment; filename="sums.csv"'
