"""What is open at this moment, for the shift that comes: holds, inspections, vehicles, late scans, devices in trouble."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from terminal.reports.figures import minutes
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.source import Source
from terminal.store.journal import stamp
from terminal.web.i18n import N_
from workflows.inspections import seen_by
from workflows.plain import to_plain
from workflows.roles import Right
from workflows.shift_state import Book, Shift

#: sections whose rows are counted when a shift is handed over
COUNTED = ("holds", "inspections", "vehicles", "reviews", "devices")
#: rows of one section; a terminal with more open than this has other worries than paper
_MOST = 2000


def make(source: Source, book: Book, shift: Shift, names: Mapping[str, str]) -> Report:
    """What is open now, and what the book says. ``names`` are people by their id.

    What this reader may not see is left out: officers and terminal staff therefore hand over different lists.
    """
    sections = (
        _holds(source),
        _inspections(source),
        _vehicles(source),
        _reviews(source),
        _devices(source),
        _notes(shift, names),
        _handed(shift, names),
    )
    return source.report(
        "shift", N_("Shift hand-over"), sections, scope=book.value, signs=(N_("Hands over"), N_("Takes over"))
    )


def counts(report: Report) -> dict[str, int]:
    """How many of each kind are open."""
    return {key: len(report.section(key).rows) for key in COUNTED}


def digest(report: Report) -> str:
    """SHA-256 (hex) of what is open as it is listed, without ages that grow by themselves: what both people sign."""
    listed = {
        key: [
            [to_plain(v) for column, v in zip(one.columns, row, strict=True) if column.form != "minutes"]
            for row in one.rows
        ]
        for key in (*COUNTED, "notes")
        for one in (report.section(key),)
    }
    text = json.dumps(listed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _holds(source: Source) -> Section:
    rows: list[tuple[Value, ...]] = []
    after = None
    while (lines := source.reader.holds_open(after, 500)) and len(rows) < _MOST:
        for line in lines:
            hold = source.seen(line.hold)
            if hold is not None:
                age = minutes(hold.placed_at, source.now)
                subject = hold.subject.partition(":")[2]
                if hold.subject.startswith("visit:") and (visit := source.reader.visit(subject)) is not None:
                    subject = visit.plate or visit.expected_plate or subject
                rows.append(
                    (
                        subject,
                        line.consignment or "",
                        hold.authority.value,
                        hold.reason.value,
                        hold.severity.value,
                        age,
                    )
                )
        after = lines[-1].cursor
    target = source.reference.tolerances.dwell_minutes.get("HOLD_first_review")
    return Section(
        "holds",
        N_("Open holds"),
        (
            Column("on", N_("Stands on"), "code"),
            Column("consignment", N_("Consignment"), "code"),
            Column("authority", N_("Authority"), "word:authority"),
            Column("reason", N_("Reason"), "word:hold_reason"),
            Column("severity", N_("Severity"), "word:severity"),
            Column("age_minutes", N_("Open for"), "minutes"),
        ),
        tuple(rows),
        nothing=N_("No holds."),
        marked=frozenset(n for n, row in enumerate(rows) if target is not None and _number(row[5]) > target),
    )


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _inspections(source: Source) -> Section:
    rows: list[tuple[Value, ...]] = []
    after = None
    while (found := source.reader.inspecting.inspections_open(after, 500)) and len(rows) < _MOST:
        for one in found:
            seen = seen_by(one, source.actor)
            if seen is not None or source.may(Right.READ_INSPECTIONS):
                rows.append(
                    (
                        one.subject.partition(":")[2],
                        one.method.value,
                        one.state,
                        minutes(one.ordered_at, source.now),
                    )
                )
        after = (stamp(found[-1].ordered_at), found[-1].id)
    return Section(
        "inspections",
        N_("Open inspections"),
        (
            Column("on", N_("Stands on"), "code"),
            Column("method", N_("Method"), "word:inspection_method"),
            Column("progress", N_("State"), "word:inspection_progress"),
            Column("age_minutes", N_("Open for"), "minutes"),
        ),
        tuple(rows),
        nothing=N_("No inspection is open."),
    )


def _vehicles(source: Source) -> Section:
    targets = source.reference.tolerances.dwell_minutes
    rows: list[tuple[Value, ...]] = []
    marked = set()
    for line in source.reader.visits_inside():
        age = minutes(line.since, source.now)
        target = targets.get(line.stage.value)
        if target is not None and age > target:
            marked.add(len(rows))
        rows.append(
            (line.plate or line.expected_plate or line.id, line.mode, line.stage.value, line.point or "", age)
        )
    return Section(
        "vehicles",
        N_("Vehicles inside"),
        (
            Column("plate", N_("Plate"), "code"),
            Column("mode", N_("Transport"), "word:mode"),
            Column("stage", N_("Stage"), "word:stage"),
            Column("point", N_("Place"), "code"),
            Column("age_minutes", N_("There for"), "minutes"),
        ),
        tuple(rows),
        nothing=N_("No vehicle is inside."),
        marked=frozenset(marked),
    )


def _reviews(source: Source) -> Section:
    rows: list[tuple[Value, ...]] = []
    after = 0
    while (found := source.reader.desk.reviews_open(after, 500)) and len(rows) < _MOST:
        rows += [
            (one.seq, one.subject.partition(":")[2], minutes(one.opened_at, source.now)) for one in found
        ]
        after = found[-1].seq
    return Section(
        "reviews",
        N_("Late scans to decide on"),
        (
            Column("entry", N_("No."), "number"),
            Column("about", N_("About"), "code"),
            Column("age_minutes", N_("Waits for"), "minutes"),
        ),
        tuple(rows),
        nothing=N_("Nothing waits on the review desk."),
    )


def _devices(source: Source) -> Section:
    rows = tuple((one.device, one.point, one.state) for one in source.faulty)
    return Section(
        "devices",
        N_("Devices in trouble"),
        (
            Column("device", N_("Device"), "code"),
            Column("point", N_("Place"), "code"),
            Column("state", N_("State"), "word:device_state"),
        ),
        rows,
        nothing=N_("Every device works."),
        marked=frozenset(range(len(rows))),
    )


def _notes(shift: Shift, names: Mapping[str, str]) -> Section:
    waiting = shift.waiting.notes if shift.waiting is not None else ()
    return Section(
        "notes",
        N_("Notes for the next shift"),
        (Column("at", N_("Time"), "moment"), Column("by", N_("Who")), Column("note", N_("Note"))),
        tuple((one.at, names.get(one.by, one.by), one.text) for one in (*waiting, *shift.notes)),
        nothing=N_("No notes."),
    )


def _handed(shift: Shift, names: Mapping[str, str]) -> Section:
    """The last handing over, signed by one person or by both."""
    last = shift.last
    rows: list[tuple[Value, ...]] = []
    if last is not None:
        rows.append((N_("Handed over"), names.get(last.by, last.by), last.at, last.digest[:16]))
        if last.taken_by is not None:
            rows.append(
                (N_("Taken over"), names.get(last.taken_by, last.taken_by), last.taken_at, last.digest[:16])
            )
    return Section(
        "signed",
        N_("Signed"),
        (
            Column("what", N_("What"), "say"),
            Column("who", N_("Who")),
            Column("at", N_("Time"), "moment"),
            Column("digest", N_("List (SHA-256)"), "code"),
        ),
        tuple(rows),
        nothing=N_("Nobody has handed this book over yet."),
    )
