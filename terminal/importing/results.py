"""What reading one file gives: values for the checks, and a report that a sender can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from workflows.findings import Finding
from workflows.papers import DeclaredUnit, Line, PaperDate


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong in one cell: where, what stands there, and the fix in a sentence.

    ``sentence`` is English; ``code`` and ``facts`` say the same in other languages. ``waits`` marks what a person or the sender has to settle before the row counts; others are notes.
    """

    sheet: str
    row: int | None
    column: str
    value: str
    sentence: str
    check: str | None = None
    waits: bool = False
    code: str = ""  # of saying.WORDS, where the sentence has words in other languages
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MentionedDocument:
    """A paper named in the file by type code and number."""

    type: str
    number: str


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the title block, the footer or the keys of a consignment note say about the whole consignment.

    Everything as written, except totals (counts, kg, m³). ``raw`` has every label that was understood.
    """

    reference: str | None = None
    sender: str | None = None
    consignee: str | None = None
    notify: str | None = None
    donor: str | None = None
    carrier: str | None = None
    driver: str | None = None
    plate: str | None = None
    trailer: str | None = None
    seal: str | None = None
    container: str | None = None
    goods: str | None = None
    packages: int | None = None
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    departure: str | None = None
    destination: str | None = None
    dated: PaperDate | None = None
    documents: tuple[MentionedDocument, ...] = ()
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenTotal:
    """A total of the title block with two readings: HeaderFacts field, text, the readings in kg, m³ or pieces."""

    name: str
    text: str
    readings: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums a table states below itself; None where it states none."""

    packages: int | None = None
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """One table of a file, row by row. Findings aim at ``line:N`` with N counted in this table."""

    sheet: str
    columns: Mapping[str, str]  # canonical column -> head as written
    lines: tuple[Line, ...]
    totals: Totals
    findings: tuple[Finding, ...] = ()
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """Everything read from one file.

    ``lines`` and ``units`` are how the file's own tables fall into goods lines and labelled units; how several
    files fall together is decided by :func:`terminal.importing.assemble`. ``findings`` aim at the numbers of
    these. ``unreadable`` is the reason when nothing could be read.
    """

    name: str
    sha256: str
    layout: str  # "csv" | "xlsx" | "json" | "unreadable"
    tables: tuple[ParsedTable, ...] = ()
    header: HeaderFacts = field(default_factory=HeaderFacts)
    lines: tuple[Line, ...] = ()
    units: tuple[DeclaredUnit, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    encoding: str | None = None
    unreadable: str | None = None
    more_problems: int = 0  # beyond the limit, not listed
    open_totals: tuple[OpenTotal, ...] = ()

    @property
    def waiting(self) -> tuple[RowProblem, ...]:
        """The problems that keep rows from counting until somebody settles them."""
        return tuple(problem for problem in self.problems if problem.waits)

    @property
    def rows_waiting(self) -> int:
        """How many rows wait."""
        return len({(p.sheet, p.row) for p in self.problems if p.waits and p.row is not None})
