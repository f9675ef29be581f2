"""Every report by its name: who may have it, what it needs to know, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from terminal.reports import (
    cargo,
    daily,
    devices,
    liaison,
    operation,
    response,
    seizures,
    selection,
    times,
)
from terminal.reports.model import Report
from terminal.reports.number import entry_in, number_of
from terminal.reports.source import Faulty, Progress, Source, quiet
from terminal.reports.span import Span, day_of, week_of
from terminal.settings import Settings
from terminal.store import spans
from terminal.store.books import Books
from terminal.store.reader import Reader
from terminal.web.i18n import N_
from workflows.checks.reference import Reference
from workflows.events import Context, SecurityEvent
from workflows.roles import Actor, Right, Role
from workflows.shift_state import Book, may_read

#: more entries of the journal than this are read as a job
LARGE = 20_000
#: the days of a report when nobody chose any
Usual = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of report. ``needs`` is what must be named: "sender", "donor", "operation"; ``heavy`` reads every kind of entry."""

    title: str
    lead: str
    right: Right
    make: Callable[[Source], Report]
    usual: Usual = "day"
    needs: str = ""


KINDS: Mapping[str, Kind] = {
    "terminal": Kind(
        N_("Terminal report"),
        N_("Vehicles, consignments and cargo, holds, refusals, losses: of a day, a week, or any days."),
        Right.READ_BOARD,
        daily.make,
    ),
    "times": Kind(
        N_("Stage times"),
        N_("How long each stage took, from arrival to exit, against its target, and on whom it waited."),
        Right.READ_BOARD,
        times.make,
        "week",
    ),
    "agency": Kind(
        N_("Agency report"),
        N_("The consignments of one organisation: received, stored, gone, delivered, lost."),
        Right.READ_CONSIGNMENTS,
        cargo.agency,
        "month",
        "sender",
    ),
    "donor": Kind(
        N_("Donor report"),
        N_("What became of the goods of one donor, in sums."),
        Right.READ_BOARD,
        cargo.donor,
        "month",
        "donor",
    ),
    "seizures": Kind(
        N_("Seizure report"),
        N_("Seizures by handling code and commodity; only records that you may read."),
        Right.READ_SEIZURES,
        seizures.make,
        "month",
    ),
    "liaison": Kind(
        N_("Liaison report"),
        N_(
            "For border liaison offices: movements, inspections, findings and seizures of a week beside the weeks before."
        ),
        Right.READ_SEIZURES,
        liaison.make,
        "week",
    ),
    "selection": Kind(
        N_("Selection list"),
        N_(
            "For port and air cargo control units: containers and air waybills with why they were chosen, and what came of it."
        ),
        Right.READ_RISK,
        selection.make,
        "week",
    ),
    "response": Kind(
        N_("Response and hit rates"),
        N_(
            "How long dogs, X-ray and the others took to come, their alarms, and how often something was there."
        ),
        Right.READ_INSPECTIONS,
        response.make,
        "month",
    ),
    "operation": Kind(
        N_("Joint operation"),
        N_(
            "The result sheet of one joint operation: inspections with their times and results, and seizures."
        ),
        Right.READ_INSPECTIONS,
        operation.make,
        "month",
        "operation",
    ),
    "devices": Kind(
        N_("Use of devices"),
        N_("Readings of every device in each week, what was typed instead, verification and calibration."),
        Right.READ_DEVICES,
        devices.make,
        "week",
    ),
}


class NotNamed(ValueError):  # noqa: N818 - it is an answer to a person
    """A report of one organisation, donor or operation was asked for, and none was named."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What report is asked for: its kind, its days, and the organisation, donor or joint operation it is of."""

    kind: str
    span: Span
    sender: str = ""
    donor: str = ""
    operation: str = ""


def may(who: Actor, kind: str) -> bool:
    """True when this person may have reports of that kind."""
    return not who.is_device and who.may(KINDS[kind].right)


def usual_span(kind: str, now: datetime) -> Span:
    """The days when nobody chose any: today, this week, or the last thirty days."""
    today = day_of(now)
    match KINDS[kind].usual:
        case "day":
            return Span(today, today)
        case "week":
            return week_of(today)
        case _:
            return Span(today - timedelta(days=29), today)


def asked(
    who: Actor,
    kind: str,
    first: date | None,
    last: date | None,
    sender: str,
    donor: str,
    now: datetime,
    operation: str = "",
) -> Ask:
    """The question as it is answered: an agency is asked of itself, whatever it named.

    Raises :class:`~terminal.reports.span.SpanError` for days that make no span, :class:`NotNamed`.
    """
    usual = usual_span(kind, now)
    start = first or (min(usual.first, last) if last else usual.first)
    span = Span(start, last or max(start, usual.last))
    sender, donor, operation = (" ".join(one.split()) for one in (sender, donor, operation))
    if who.roles <= frozenset({Role.AGENCY_USER}):
        sender = who.organisation or ""
    needed = {"sender": sender, "donor": donor, "operation": operation}.get(KINDS[kind].needs, "-")
    if not needed:
        raise NotNamed(KINDS[kind].needs)
    if KINDS[kind].needs not in ("sender", "donor"):
        sender = donor = ""
    if KINDS[kind].needs == "donor":
        sender = ""
    return Ask(kind, span, sender, donor, operation if KINDS[kind].needs == "operation" else "")


def entries(reader: Reader, ask: Ask) -> int:
    """How many entries of the journal have to be read at most."""
    return spans.part_between(reader.connection, ask.span.start, ask.span.end).entries


def make(
    reader: Reader,
    who: Actor,
    ask: Ask,
    now: datetime,
    settings: Settings,
    reference: Reference,
    progress: Progress = quiet,
) -> Report:
    """The report for this reader. Blocks as long as it takes: not on the event loop."""
    source = Source(
        reader,
        who,
        now,
        ask.span,
        settings,
        reference,
        ask.sender,
        ask.donor,
        ask.operation,
        progress=progress,
    )
    return KINDS[ask.kind].make(source)


def moment(
    reader: Reader,
    who: Actor,
    now: datetime,
    settings: Settings,
    reference: Reference,
    faulty: tuple[Faulty, ...] = (),
) -> Source:
    """What the hand-over list of this moment is counted from."""
    today = day_of(now)
    return Source(reader, who, now, Span(today, today), settings, reference, faulty=faulty)


def note_export(books: Books, who: Actor, report: Report, form: str) -> None:
    """Keep who took a report out, of which days, in which form, under which handling code."""
    facts = {
        "what": f"report:{report.kind}",
        "form": form,
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "scope": report.scope,
        "number": number_of(report),
        "handling_codes": [report.handling.value],
    }
    books.record((SecurityEvent(f"person:{who.id}", "exported", facts),), Context(who.id, report.made))


#: entries after the one that a report names among which its export is looked for
_LOOKED = 50_000


@dataclass(frozen=True, slots=True)
class Taken:
    """A report that was taken out: its number, kind and days, whose figures it holds, by whom (name), when, in which form."""

    number: str
    kind: str
    first: date
    last: date
    scope: str
    by: str
    at: datetime
    form: str
    entry: int


def title_of(kind: str) -> str:
    """What a kind of report is called (English message id)."""
    return KINDS[kind].title if kind in KINDS else N_("Shift hand-over")


def taken(reader: Reader, who: Actor, text: str, limit: int = 25) -> tuple[Taken, ...]:
    """Who took out the report with this number, typed or scanned from its barcode: for those who may have that report.

    Empty for a text that is no such number, and for a number under which nothing was taken out.
    """
    wanted = entry_in(text)
    if wanted is None:
        return ()
    number, entry = wanted
    part = spans.Part(entry, min(reader.head().seq, entry + _LOOKED))
    found: list[Taken] = []
    for piece in spans.entries(reader.connection, part, ("SecurityEvent",)):
        for one in piece:
            facts = one.data.get("facts", {})
            if facts.get("number") == number and _sees(who, facts):
                person = reader.people.get(one.who)
                found.append(
                    Taken(
                        number,
                        facts["what"].partition(":")[2],
                        date.fromisoformat(facts["first"]),
                        date.fromisoformat(facts["last"]),
                        facts["scope"],
                        person.name if person else one.who,
                        one.at,
                        facts["form"],
                        one.seq,
                    )
                )
    return tuple(found[:limit])


def _sees(who: Actor, facts: Mapping[str, str]) -> bool:
    kind = facts["what"].partition(":")[2]
    if kind in KINDS:
        own = who.roles <= frozenset({Role.AGENCY_USER})
        return may(who, kind) and (not own or facts["scope"] == who.organisation)
    return any(may_read(who, book) for book in Book if book.value == facts["scope"])
