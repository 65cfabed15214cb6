"""The order's journal, each row as it was digested, and the seals over it with paths (A5)."""

import base64
from collections.abc import Iterator
from functools import partial
from typing import Any

from enrollment.models import Order
from offer_site.journal import merkle
from offer_site.journal.models import Entry, SealedHead
from offer_site.journal.verbs import in_words

from .parts import Both, File, Part, ProofChapter, Table, both, columns, day, moment, who

ROWS = "journal/journal.jsonl"


def journal(order: Order) -> Part:
    """The order's chain and every seal over it; of other orders only digests, never a code."""
    rows = list(Entry.objects.of_order(order.code))
    ends = list(SealedHead.objects.of_chain(order.code))
    leaves = _leaves([end.seal_id for end in ends])
    paths = {end.seal_id: merkle.path(leaves[end.seal_id], end.place) for end in ends}
    facts: dict[str, Any] = {
        "rows": [
            columns(row, "number at by about_kind about_key verb facts clause previous digest")
            for row in rows
        ],
        "file": ROWS,
        "seals": [
            columns(end.seal, "number day sealed_at previous chains rows tree root fingerprint")
            | {"up_to_row": end.number, "path": paths[end.seal_id]}
            for end in ends
        ],
    }
    files = [File(ROWS, lambda: "".join(f"{row.text}\n" for row in rows).encode())]
    for end in ends:
        files += _sealed(end, paths[end.seal_id])
    return Part("journal", facts, _chapters(rows, ends), files)


def _leaves(seals: list[int]) -> dict[int, list[str]]:
    """The leaves of all chains in these seals; one query of bare values, since there are many."""
    leaves: dict[int, list[str]] = {seal: [] for seal in seals}
    heads = SealedHead.objects.filter(seal__in=seals).in_their_places()
    for seal, chain, number, digest in heads.values_list("seal", "chain", "number", "digest"):
        leaves[seal].append(merkle.leaf(chain=chain, number=number, digest=digest))
    return leaves


def _sealed(end: SealedHead, path: merkle.Path) -> Iterator[File]:
    seal = end.seal
    stem = f"journal/{end.seal.file_name}".removesuffix(".txt")
    yield File(f"{stem}.txt", seal.text.encode, seal.root)
    yield File(f"{stem}.sig", partial(base64.b64decode, seal.signature))
    yield File(f"{stem}.pem", seal.certificate.encode)
    steps = "".join(f"{side} {neighbor}\n" for side, neighbor in path)
    yield File(f"{stem}.path", f"leaf {end.chain}|{end.number}|{end.digest}\n{steps}".encode)


def _chapters(rows: list[Entry], ends: list[SealedHead]) -> list[ProofChapter]:
    journal_rows = [
        (
            str(row.number),
            moment(row.at),
            who(row.by),
            both(in_words(row.verb)),
            row.clause or "–",
            f"{row.digest[:16]}…",
        )
        for row in rows
    ]
    headings = (
        "№",
        ("Уақыты", "Время"),
        ("Кім", "Кто"),
        ("Не болды", "Что произошло"),
        ("Тармақ", "Пункт"),
        ("SHA-256 басы", "Начало SHA-256"),
    )
    last_sealed = max((end.number for end in ends), default=0)
    covered: Both = (
        f"Мөр {last_sealed}-жолға дейін басылған; одан кейінгі жолдарға келесі мөр басылады.",
        f"Печати стоят до строки {last_sealed}; следующие строки войдут в следующую печать.",
    )
    unsealed: Both = (
        "Бұл тізбекке мөр әлі басылмаған: ол күн сайын бір рет басылады.",
        "На этой цепочке ещё нет печати: она ставится раз в день.",
    )
    seal_rows = [
        (str(end.seal.number), day(end.seal.day), str(end.number), end.seal.root) for end in ends
    ]
    seal_headings = (
        ("Мөр №", "Печать №"),
        ("Күні", "День"),
        ("Қай жолға дейін", "До строки"),
        ("Түбірі", "Корень"),
    )
    return [
        ProofChapter(
            "journal", ("Журнал", "Журнал"), tables=[Table("journal", headings, journal_rows)]
        ),
        ProofChapter(
            "seals",
            ("Журналдың мөрлері", "Печати журнала"),
            tables=[Table("seals", seal_headings, seal_rows)],
            nothing=unsealed,
            notes=[covered] if ends else (),
        ),
    ]
