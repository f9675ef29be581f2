"""One search for everything that carries a number: results in groups, only what the reader may know of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from terminal.cases import reporting
from terminal.cases.reporting import Taken
from terminal.store import spans
from terminal.store.finder import Finder, Term
from terminal.store.reader import Reader
from workflows.roles import Actor, Right, Role
from workflows.search_text import code_form, wanted, words
from workflows.state import Consignment, Visit
from workflows.tracking import public_stage, public_unit_stage

#: results of one group
MOST = 25


@dataclass(frozen=True, slots=True)
class FoundConsignment:
    """A consignment, and what of it was found: kinds of numbers with them as written."""

    value: Consignment
    by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FoundVisit:
    """A vehicle, and what of it was found."""

    value: Visit
    by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What was found. ``behind`` entries of the journal are not in the index yet; ``short``: too little was typed."""

    consignments: tuple[FoundConsignment, ...] = ()
    visits: tuple[FoundVisit, ...] = ()
    units: tuple[spans.UnitFacts, ...] = ()
    reports: tuple[Taken, ...] = ()
    behind: int = 0
    short: bool = False

    @property
    def total(self) -> int:
        """How many."""
        return len(self.consignments) + len(self.visits) + len(self.units) + len(self.reports)


@dataclass(slots=True)
class _Hits:
    """Subjects with what was found of each, in the order found."""

    by: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def add(self, terms: list[Term]) -> None:
        for one in terms:
            found = self.by.setdefault(one.subject, [])
            if (one.field, one.shown) not in found:
                found.append((one.field, one.shown))


def search(reader: Reader, finder: Finder, who: Actor, text: str) -> Results:
    """Look for a part of any number or name, in any letters. An agency finds its own consignments and nothing else."""
    asked = wanted(text)
    if not asked.long_enough:
        return Results(short=True)
    if taken := reporting.taken(reader, who, text, MOST):
        return Results(reports=taken)
    hits = _Hits()
    terms, behind = finder.find(reader, asked)
    hits.add(terms)
    parts = words(text)
    if len(parts) > 1 and not terms:
        _all_of(reader, finder, parts, hits)
    units = _units(reader, who, text)
    for unit in units:
        hits.by.setdefault(f"consignment:{unit.consignment}", []).append(("unit", unit.label))
    exact = code_form(text)
    order = sorted(
        hits.by, key=lambda subject: not any(exact == code_form(shown) for _, shown in hits.by[subject])
    )
    consignments: list[FoundConsignment] = []
    visits: list[FoundVisit] = []
    for subject in order:
        kind, _, name = subject.partition(":")
        by = tuple(hits.by[subject][:5])
        if kind == "consignment" and len(consignments) < MOST:
            consignment = _consignment(reader, who, name)
            if consignment is not None:
                consignments.append(FoundConsignment(consignment, by))
        elif kind == "visit" and len(visits) < MOST and who.may(Right.READ_BOARD):
            visit = reader.visit(name)
            if visit is not None:
                visits.append(FoundVisit(visit, by))
    return Results(tuple(consignments), tuple(visits), tuple(units), behind=behind)


def _all_of(reader: Reader, finder: Finder, parts: tuple[str, ...], hits: _Hits) -> None:
    """What holds every word somewhere."""
    found: list[dict[str, list[Term]]] = []
    for part in parts:
        terms, _ = finder.find(reader, wanted(part), 2000)
        by: dict[str, list[Term]] = {}
        for one in terms:
            by.setdefault(one.subject, []).append(one)
        found.append(by)
    for subject in found[0]:
        if all(subject in by for by in found):
            hits.add([one for by in found for one in by[subject]])


def _units(reader: Reader, who: Actor, text: str) -> list[spans.UnitFacts]:
    label = code_form(text)
    if len(label) == 20 and label.startswith("00") and label.isdigit():
        label = label[2:]  # with the application identifier of an SSCC in front
    typed = label if label.isdigit() else text.strip()
    found = spans.labels_like(reader.connection, typed, MOST)
    mine = [one for one in found if _consignment(reader, who, one.consignment) is not None]
    if who.roles == frozenset({Role.AGENCY_USER}):
        return [replace(one, stage=public_unit_stage(one.stage)) for one in mine]
    return mine


def _consignment(reader: Reader, who: Actor, ref: str) -> Consignment | None:
    if not who.may(Right.READ_CONSIGNMENTS):
        return None
    found = reader.consignment(ref)
    if found is not None and who.roles == frozenset({Role.AGENCY_USER}):
        if found.papers.sender != who.organisation:
            return None
        return replace(
            found, stage=public_stage(found.stage)
        )  # senders are told no more of what is done inside
    return found
