"""Stored files of every kind: each is there and is what was recorded (A2, A3, C2, D2, M12, N1).

A finding tells a missing file from one that the disk does not give and from an altered one.
"""

from collections.abc import Iterator
from datetime import datetime

from .reading import content, fault_of_file, finding, has_column, rows, stored


def _columns(table: str, file: str, digest: str) -> Iterator[str]:
    """What is wrong with the files that a table names, with their recorded digests."""
    if not has_column(table, file):
        return
    sql = f"""
        SELECT id, {file}, {digest}
        FROM {table}
        WHERE {file} <> ''
            OR {digest} <> ''
        ORDER BY id
    """  # noqa: S608 - names of ours
    for number, name, recorded in rows(sql):
        if fault := fault_of_file(name, recorded):
            yield finding(f"{table} {number}: its file", name, fault)


def documents_are_those_that_were_given(at: datetime) -> Iterator[str]:
    """A2: the documents that people attached, and the pictures of what they agreed on."""
    yield from _columns("enrollment_paymentreport", "document", "document_sha256")
    yield from _columns("enrollment_clarification", "document", "document_sha256")
    yield from _columns("enrollment_breachstatement", "document", "document_sha256")
    yield from _columns("enrollment_claimfile", "document", "document_sha256")
    yield from _columns("enrollment_workfile", "document", "document_sha256")
    yield from _columns("enrollment_forcemajeurefile", "document", "document_sha256")
    yield from _columns("materials_material", "document", "document_sha256")
    yield from _columns("enrollment_cohortmove", "document", "document_sha256")
    yield from _columns("enrollment_halvesanswer", "picture", "picture_sha256")
    yield from _columns("enrollment_restmove", "picture", "picture_sha256")


def documents_of_banks_are_those_that_were_given(at: datetime) -> Iterator[str]:
    """M12: the documents about instalments."""
    yield from _columns("payments_installmentapplication", "document", "document_sha256")


def pictures_are_those_that_were_drawn(at: datetime) -> Iterator[str]:
    """C2: the pictures of certificates, and the signatures that papers print."""
    yield from _columns("certificates_certificatepicture", "file", "sha256")
    for number, digest in rows("SELECT id, sha256 FROM enrollment_signatureimage ORDER BY id"):
        if fault := fault_of_file(f"signatures/{digest}.png", digest):
            yield f"enrollment_signatureimage {number}: its file {fault}"


def reports_are_those_that_came(at: datetime) -> Iterator[str]:
    """N1: what mail servers reported of letters that came back."""
    yield from _columns("notices_bounce", "raw", "raw_sha256")


def contracts_are_those_that_were_made(at: datetime) -> Iterator[str]:
    """A3: the paper of each contract is the one that was made first; none is lost.

    One that went out before the journal kept digests must be there, and open.
    """
    yield from _papers("contract.made", "contracts/{key}.pdf", of_a_contract=True)
    sql = """
        SELECT DISTINCT n.order_code
        FROM notices_notice n
        LEFT JOIN journal_entry j ON j.verb = 'contract.made'
            AND j.about_kind = 'contract'
            AND j.about_key = n.order_code
        WHERE n.kind = 'contract-concluded'
            AND n.raw_sha256 <> ''
            AND j.id IS NULL
    """
    for (code,) in rows(sql):
        _read, fault = stored(f"contracts/{code}.pdf")
        if fault:
            yield finding(
                f"{code}: its contract went out, and the file", f"contracts/{code}.pdf", fault
            )


def acts_are_those_that_were_drawn_up(at: datetime) -> Iterator[str]:
    """C2: the act of each company's order."""
    yield from _papers("act.drawn_up", "acts/{key}.pdf")


def answers_are_those_that_were_given(at: datetime) -> Iterator[str]:
    """D2: the reasoned answer of each refund case."""
    yield from _papers("refund_case.letter_made", "refunds/R-{key}.pdf")


def _papers(verb: str, name: str, *, of_a_contract: bool = False) -> Iterator[str]:
    seen: set[str] = set()
    sql = """
        SELECT j.about_key, j.facts, a.id
        FROM journal_entry j
        LEFT JOIN enrollment_order o ON o.code = j.about_key
        LEFT JOIN enrollment_acceptance a ON a.order_id = o.id
        WHERE j.verb = %s
        ORDER BY j.id
    """
    for key, facts, acceptance in rows(sql, verb):
        if of_a_contract and acceptance is None:
            yield f"{key}: {verb} is journalled, and there is no contract"
        if key in seen:
            yield f"{key}: {verb} is journalled twice: the paper was made anew"
        elif fault := fault_of_file(name.format(key=key), content(facts)["sha256"]):
            yield finding(f"{key}: the file of {verb}", name.format(key=key), fault)
        seen.add(key)
