"""Entities and links for analysts' software (i2 iBase, Analyst's Notebook): tables with ids that stay the same.

A thing has the same id in every export: it is made from what the thing is (a plate, a reference, a name as it sounds), so
that a second import updates and does not double. Persons are drivers by their role, and only for those who read persons;
telephone numbers are not kept by the terminal. What a seizure record says of persons and officers never leaves.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from terminal.cases import seizing
from terminal.cli.exporting import cell
from terminal.reports.span import Span
from terminal.store import spans
from terminal.store.codes import fold
from terminal.store.reader import Reader
from workflows import seizures
from workflows.papers import Papers
from workflows.plain import to_plain
from workflows.roles import Actor, Right
from workflows.seizure_state import Handling, Seizure
from workflows.state import Consignment, Visit

FORM = "karvon-analysis-1"
#: table -> its columns, the first being the id; the specification in docs/analysts.md explains each
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "vehicle": ("id", "plate", "kind", "mode"),
    "person": ("id", "role", "name", "document_number"),
    "organisation": ("id", "name", "kind"),
    "consignment": ("id", "reference", "mode", "stage", "packages", "gross_kg", "tariff_codes", "goods"),
    "seizure": (
        *(
            "id",
            "case_no",
            "at",
            "commodity_group",
            "substance_or_item",
            "quantity",
            "uom",
            "concealment_place",
        ),
        *("direction", "country_of_departure", "country_of_destination", "handling_code", "operation"),
    ),
    "place": ("id", "code", "kind"),
    "link": ("id", "from_id", "to_id", "type", "at", "detail"),
}
#: how an import names the kinds of its entities
ENTITY_TYPES: Mapping[str, str] = {
    "vehicle": "Vehicle",
    "person": "Person",
    "organisation": "Organisation",
    "consignment": "Consignment",
    "seizure": "Seizure",
    "place": "Place",
}
_PREFIX = {
    "vehicle": "VEH",
    "person": "PER",
    "organisation": "ORG",
    "consignment": "CON",
    "seizure": "SEI",
    "place": "PLA",
    "link": "LNK",
}
_TYPES = ("ConsignmentAnnounced", "VisitEntered", "SeizureRecorded")


def identity(kind: str, *parts: str) -> str:
    """The id of a thing, from what it is: letters that say the kind, and 16 signs of a SHA-256."""
    digest = hashlib.sha256("\0".join((kind, *parts)).encode()).hexdigest()
    return f"{_PREFIX[kind]}-{digest[:16].upper()}"


@dataclass(slots=True)
class Tables:
    """Rows by table and id, while they are gathered."""

    who: Actor
    kinds: Mapping[str, str]  # organisation -> its kind in the address book
    terminal: str
    rows: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {table: {} for table in COLUMNS}
    )

    def entity(self, table: str, key: str, **facts: Any) -> str:
        """Keep a thing; returns its id. What was known of it stays, what is new is added."""
        name = identity(table, key)
        row = self.rows[table].setdefault(name, {"id": name})
        row.update({k: v for k, v in facts.items() if v not in (None, "")})
        return name

    def link(self, start: str, end: str, what: str, at: datetime | None, detail: str = "") -> None:
        """Keep that two things belong together: how, since when (UTC), and by which visit or number."""
        name = identity("link", start, end, what, detail)
        told = {"id": name, "from_id": start, "to_id": end, "type": what, "detail": detail}
        self.rows["link"][name] = {**told, "at": to_plain(at) if at is not None else ""}

    def organisation(self, name: str | None) -> str | None:
        """A party by its name as it is written first; its id does not depend on case and blanks."""
        if not (name or "").strip():
            return None
        assert name is not None
        known = self.rows["organisation"].get(identity("organisation", fold(name)))
        return self.entity(
            "organisation", fold(name), name=known["name"] if known else name, kind=self.kinds.get(name, "")
        )

    def place(self, code: str, kind: str) -> str:
        """A place by its code."""
        return self.entity("place", fold(code), code=code, kind=kind)


def gather(reader: Reader, who: Actor, span: Span, terminal: str) -> Tables:
    """Everything that was announced, came in, or was seized in the days, with what it hangs together with."""
    kinds = {one.name: one.kind for one in reader.announcing.organisations()}
    tables = Tables(who, kinds, terminal)
    refs: dict[str, datetime] = {}
    visits: dict[str, datetime] = {}
    records: dict[str, datetime] = {}
    part = spans.part_between(reader.connection, span.start, span.end)
    for piece in spans.entries(reader.connection, part, _TYPES):
        for entry in piece:
            if span.holds(entry.at):
                kind, _, name = entry.subject.partition(":")
                wanted = {"consignment": refs, "visit": visits, "seizure": records}[kind]
                wanted.setdefault(name, entry.at)
    for case_no in sorted(records):
        if (record := seizing.readable(reader, case_no, who)) is not None:
            if record.consignment:
                refs.setdefault(record.consignment, record.at)
            if record.visit:
                visits.setdefault(record.visit, record.at)
            _seizure(tables, record, reader.visit(record.visit) if record.visit else None)
    for name, at in sorted(visits.items()):
        if (visit := reader.visit(name)) is not None:
            for ref in (*visit.brought, *visit.loaded):
                refs.setdefault(ref, at)
            _visit(tables, visit, at)
    for ref, at in sorted(refs.items()):
        if (consignment := reader.consignment(ref)) is not None:
            _consignment(tables, consignment, at)
    return tables


def _vehicle(tables: Tables, plate: str, kind: str, mode: str) -> str:
    return tables.entity("vehicle", fold(plate).replace(" ", ""), plate=plate, kind=kind, mode=mode)


def _visit(tables: Tables, visit: Visit, at: datetime) -> None:
    plate = visit.plate or visit.expected_plate
    if not plate:
        return
    vehicle = _vehicle(tables, plate, "WAGON" if visit.mode == "RAIL" else "VEHICLE", visit.mode)
    if visit.trailer:
        trailer = _vehicle(tables, visit.trailer, "TRAILER", visit.mode)
        tables.link(vehicle, trailer, "PULLED", at, visit.id)
    for ref in visit.brought:
        tables.link(vehicle, identity("consignment", ref), "BROUGHT", at, visit.id)
    for ref in visit.loaded:
        tables.link(vehicle, identity("consignment", ref), "TOOK_ALONG", at, visit.id)


def _consignment(tables: Tables, one: Consignment, at: datetime) -> None:
    papers = one.papers
    codes = dict.fromkeys(line.hs_code for line in papers.lines if line.hs_code)
    goods = dict.fromkeys(line.description for line in papers.lines)
    name = tables.entity(
        "consignment",
        one.ref,
        reference=one.ref,
        mode=papers.mode.value,
        stage=one.stage.value,
        packages=papers.declared.packages,
        gross_kg=to_plain(papers.declared.gross_kg),
        tariff_codes=" ".join(codes),
        goods="; ".join(goods),
    )
    parties = {
        "SENT": papers.sender,
        "RECEIVES": papers.consignee,
        "CARRIED": papers.carrier,
        "DONATED": papers.donor,
    }
    for what, party in parties.items():
        if (organisation := tables.organisation(party)) is not None:
            tables.link(organisation, name, what, at)
    if papers.consignee_place:
        tables.link(name, tables.place(papers.consignee_place, "DESTINATION"), "BOUND_FOR", at)
    tables.link(name, tables.place(tables.terminal, "TERMINAL"), "CAME_THROUGH", at)
    _driver(tables, papers, name, at)


def _driver(tables: Tables, papers: Papers, consignment: str, at: datetime) -> None:
    driver = papers.driver
    if driver is None or not tables.who.may(Right.READ_PERSONS):
        return
    key = driver.document_number or driver.name
    person = tables.entity(
        "person", fold(key), role="DRIVER", name=driver.name, document_number=driver.document_number
    )
    tables.link(person, consignment, "DROVE", at)


def _seizure(tables: Tables, record: Seizure, visit: Visit | None) -> None:
    out = seizures.exported(record)
    facts = {name: out.get(name, "") for name in COLUMNS["seizure"] if name not in ("id", "at")}
    name = tables.entity("seizure", record.case_no, at=out["date_time"], **facts)
    if record.consignment:
        tables.link(name, identity("consignment", record.consignment), "SEIZED_FROM", record.at)
    if visit is not None and (plate := visit.plate or visit.expected_plate):
        vehicle = _vehicle(tables, plate, "WAGON" if visit.mode == "RAIL" else "VEHICLE", visit.mode)
        tables.link(name, vehicle, "SEIZED_FROM", record.at, visit.id)
    place = record.facts.post_code or tables.terminal
    tables.link(name, tables.place(place, "POST"), "SEIZED_AT", record.at)


def archive(tables: Tables, span: Span, entry: int) -> bytes:
    """A ZIP of one CSV a table (UTF-8, sorted by id) with ``import.json``, which says what the columns are for."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        hashes = {}
        for table, columns in COLUMNS.items():
            text = _csv(columns, tables.rows[table].values())
            hashes[f"{table}.csv"] = hashlib.sha256(text).hexdigest()
            file.writestr(_member(f"{table}.csv"), text)
        spec = {
            "form": FORM,
            "handling_code": Handling.LAW_ENFORCEMENT.value,
            "first": span.first.isoformat(),
            "last": span.last.isoformat(),
            "journal_entry": entry,
            "sha256": hashes,
            "entities": {
                f"{table}.csv": {"type": kind, "identity": "id"} for table, kind in ENTITY_TYPES.items()
            },
            "links": {
                "link.csv": {"identity": "id", "from": "from_id", "to": "to_id", "type": "type", "date": "at"}
            },
        }
        told = json.dumps(spec, ensure_ascii=False, indent=1, sort_keys=True)
        file.writestr(_member("import.json"), told)
    return made.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    """A file of the archive without a time of its own: the same rows give the same bytes."""
    return zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in sorted(rows, key=lambda row: str(row["id"])):
        writer.writerow([cell(row.get(name)) for name in columns])
    return text.getvalue().encode()
