"""The summary of a clearance bundle: what an outsider reads before proving anything. Made from the bundle's own facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from terminal.papers import drawing, page
from terminal.papers.sheet import Block, Facts, Figures, Notice, Prose, Sheet, Table, known
from terminal.store.journal import Entry
from terminal.web import i18n, wording
from terminal.web.i18n import N_
from workflows import events_routing


@dataclass(frozen=True, slots=True)
class Summary:
    """The same page for browsers and for printers."""

    html: bytes
    pdf: bytes


def of(
    facts: Mapping[str, Any],
    story: Sequence[tuple[Entry, str | None]],
    terminal: str,
    at: datetime,
    language: str,
) -> Summary:
    """The summary of the bundle's facts and story (entry, why it is withheld) in one language."""
    sheet = _sheet(_Words(language), facts, story, terminal, at)
    return Summary(page.html(sheet), drawing.pdf(sheet))


class _Words:
    """The catalogue, and how plain JSON facts are written in it."""

    def __init__(self, language: str) -> None:
        self.words = i18n.words(language)
        self.say = self.words.gettext

    def word(self, kind: str, code: object) -> str:
        return self.say(wording.word(kind, str(code)))

    def kg(self, value: object) -> str:
        return "" if value is None else self.words.kg(Decimal(str(value)))

    def time(self, value: object) -> str:
        return self.words.datetime(datetime.fromisoformat(str(value))) if value else ""

    def day(self, value: object) -> str:
        return self.words.date(date.fromisoformat(str(value))) if value else ""


def _sheet(
    w: _Words,
    facts: Mapping[str, Any],
    story: Sequence[tuple[Entry, str | None]],
    terminal: str,
    at: datetime,
) -> Sheet:
    consignment = facts["consignment"]
    papers = consignment["papers"]
    open_holds = [hold for hold in facts["holds"] if not hold["lifted_at"]]
    withheld = sum(1 for _, why in story if why)
    blocks: list[Block] = [
        Notice(
            "hold" if open_holds else "note",
            w.word("stage", consignment["stage"]),
            w.say(N_("Open holds: %(count)s.")) % {"count": w.words.number(len(open_holds))},
        ),
        Figures(
            (
                (w.say(N_("Units")), w.words.number(len(facts["units"]))),
                (w.say(N_("Gross, declared")), w.kg(papers["declared"]["gross_kg"]) or "–"),
                (w.say(N_("Journal entries")), w.words.number(len(story))),
            )
        ),
        Facts(
            known(
                (w.say(N_("Sender")), papers["sender"]),
                (w.say(N_("Consignee")), papers["consignee"]),
                (w.say(N_("Donor")), papers["donor"]),
                (w.say(N_("Carrier")), papers["carrier"]),
                (w.say(N_("Mode")), w.word("mode", papers["mode"])),
                (w.say(N_("Container")), papers["container"]),
            ),
            w.say(N_("Consignment")),
        ),
        _documents(w, facts["documents"]),
        *_checks(w, facts.get("checks")),
        _inspections(w, facts["inspections"]),
        _weights(w, facts["weights"]),
        _approvals(w, facts["approvals"]),
        _holds(w, facts["holds"]),
        _story(w, story),
        Prose(
            w.say(
                N_(
                    "%(withheld)s of these entries also speak of other consignments, of persons or of screening; "
                    "their bytes are not in this bundle, the proof that they stand in the journal is."
                )
            )
            % {"withheld": w.words.number(withheld)},
            w.say(N_("What is withheld")),
        ),
        Prose(
            w.say(
                N_("Run karvon_verify.py from this bundle with the key that the terminal gave you itself.")
            ),
            w.say(N_("How to prove it")),
        ),
    ]
    return Sheet(
        w.say(N_("Clearance bundle")),
        str(consignment["ref"]),
        terminal,
        w.words.language.html,
        tuple(blocks),
        lead=w.say(N_("Everything that was known of this consignment at %(time)s"))
        % {"time": w.words.datetime(at)},
        foot=f"{terminal} · {w.words.datetime(at)}",
        page_of=w.say(N_("Page %(page)s of %(pages)s")),
    )


def _documents(w: _Words, rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        w.say(N_("Documents")),
        (w.say(N_("Document")), w.say(N_("Number")), w.say(N_("Valid until")), w.say(N_("Verified"))),
        tuple(
            (
                w.word("document", row["type"]),
                str(row["number"]),
                w.day(row["valid_until"]),
                w.say(N_("yes")) if row["verified"] else w.say(N_("no")),
            )
            for row in rows
        ),
        (4, 4, 2, 1.5),
        nothing=w.say(N_("None.")),
    )


def _checks(w: _Words, checks: Mapping[str, Any] | None) -> list[Block]:
    if checks is None:
        return []
    rows = tuple(
        (str(row["check"]), w.word("severity", row["severity"]), str(row["target"]), _figures(row["facts"]))
        for row in checks["findings"]
    )
    lead = known(
        (w.say(N_("Decision")), w.word("decision", checks["decision"]) if checks["decision"] else ""),
        (w.say(N_("Last checked")), w.time(checks["checked_at"])),
        (w.say(N_("Version of the rules")), checks["rules_version"]),
    )
    table = Table(
        "",
        (w.say(N_("Check")), w.say(N_("Severity")), w.say(N_("Where")), w.say(N_("Evidence"))),
        rows,
        (1.2, 1.4, 2, 6),
        nothing=w.say(N_("No findings")),
    )
    return [Facts(lead, w.say(N_("Checks")), columns=3), table]


def _figures(facts: Mapping[str, Any]) -> str:
    said = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return said if len(said) <= 300 else said[:299] + "…"


def _inspections(w: _Words, rows: Sequence[Mapping[str, Any]]) -> Table:
    def result(row: Mapping[str, Any]) -> str:
        found = row.get("result")
        code = found.get("result") if isinstance(found, Mapping) else found
        return w.word("inspection_result", code) if code else ""

    return Table(
        w.say(N_("Inspections")),
        (w.say(N_("Kind")), w.say(N_("Stands on")), w.say(N_("Outcome"))),
        tuple(
            (
                w.word("inspection_method", row.get("method")),
                str(row.get("subject", "")).partition(":")[2],
                result(row),
            )
            for row in rows
        ),
        (3, 4, 3),
        nothing=w.say(N_("None.")),
    )


def _weights(w: _Words, rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        w.say(N_("Weights")),
        (
            w.say(N_("Time")),
            w.say(N_("Vehicle or unit")),
            w.say(N_("Kind")),
            w.say(N_("Weight")),
            w.say(N_("Scale")),
            w.say(N_("Frame")),
        ),
        tuple(
            (
                w.time(row["at"]),
                str(row.get("visit") or row.get("unit")),
                w.word("weighing", row["what"]),
                w.kg(row["kg"]),
                str(row["scale"]),
                w.say(N_("typed by hand")) if row["typed"] else str(row["raw"])[:48],
            )
            for row in rows
        ),
        (2.2, 2.6, 1.3, 1.6, 1.9, 2.4),
        right=(3,),
        nothing=w.say(N_("None.")),
    )


def _approvals(w: _Words, approvals: Mapping[str, Any]) -> Table:
    given = tuple(
        (w.word("permission", row["kind"]), str(row["by"]), w.time(row["at"]), str(row["digest"])[:16])
        for row in approvals["given"]
    )
    fallen = tuple(
        (w.word("permission", kind), "", w.say(N_("fell away")), "") for kind in approvals["fallen_away"]
    )
    return Table(
        w.say(N_("Approvals")),
        (
            w.say(N_("Permission")),
            w.say(N_("Given by")),
            w.say(N_("Time")),
            w.say(N_("For the facts (SHA-256)")),
        ),
        given + fallen,
        (3, 3.6, 2.2, 2.4),
        nothing=w.say(N_("Nothing was approved yet.")),
    )


def _holds(w: _Words, rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        w.say(N_("Holds")),
        (
            w.say(N_("Authority")),
            w.say(N_("Reason")),
            w.say(N_("Time")),
            w.say(N_("Outcome")),
            w.say(N_("Why")),
        ),
        tuple(
            (
                w.word("authority", row["authority"]),
                w.word("hold_reason", row["reason"]),
                w.time(row["placed_at"]),
                w.word("hold_outcome", row["outcome"]) if row["outcome"] else w.say(N_("Open")),
                str(row["lift_note"] or row["note"]),
            )
            for row in rows
        ),
        (2, 2.2, 2, 2.2, 3),
        nothing=w.say(N_("None.")),
    )


def _named(entry: Entry, why: str | None) -> str:
    """The event's type; of a withheld one about lanes no more than that the checks ran."""
    return "ChecksRun" if why and entry.type in events_routing.NAMES else entry.type


def _story(w: _Words, story: Sequence[tuple[Entry, str | None]]) -> Table:
    return Table(
        w.say(N_("What happened")),
        (w.say(N_("No.")), w.say(N_("Time")), w.say(N_("What")), w.say(N_("Subject"))),
        tuple(
            (
                str(entry.seq),
                w.words.datetime(entry.at),
                w.word("event", _named(entry, why)) + (" *" if why else ""),
                "" if why else entry.subject.partition(":")[2],
            )
            for entry, why in story
        ),
        (1, 2.4, 4, 4),
        right=(0,),
    )
