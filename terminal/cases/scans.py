"""One scan becomes recorded facts: the place where readings meet the rules.

A label is resolved, looked up, decided upon and recorded in one transaction; an unknown or unreadable label is an
event as well. What cannot be applied by itself (older than the window, no step known, not even a whole message) is
kept on the review desk with both versions: a scan is never lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from terminal.cases import loading, looking, passes, storage
from terminal.cases import tallying as tallies
from terminal.cases.answers import Answer
from terminal.cases.once import Request, keep, once
from terminal.store.books import Books
from terminal.store.codes import sscc_number
from terminal.store.deferred import Soon
from terminal.store.reader import nonce_key
from workflows.ask import Situation
from workflows.decide import decide
from workflows.events import ScanNoted, ScanSetAside
from workflows.evolve import TASHKENT
from workflows.identifiers import Identifier, Kind, Unreadable, resolve
from workflows.identifiers import Reason as Fault
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.plain import to_plain
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Unit, Visit


@dataclass(frozen=True, slots=True)
class Scan:
    """One label read at one point. ``scanned_at`` is the station's or device's own clock (UTC).

    ``visit`` names the vehicle loaded or unloaded where the point does not tell; ``place`` the bay for put-away.
    """

    code: str
    step: Stage
    scanned_at: datetime
    symbology: str | None = None
    visit: str | None = None
    place: str | None = None
    condition: str = "GOOD"
    note: str = ""
    offline: bool = False
    only: str | None = None  # the consignment whose list is worked through
    context: Mapping[str, Any] = field(default_factory=dict)


Found = tuple[Outcome, str, Mapping[str, Any]]
#: the step that puts a unit into a place, and the steps at which a unit is received
_PLACED = frozenset({Stage.STORAGE})
_RECEIVED = frozenset({Stage.TALLY, Stage.UNLOAD})


def take(books: Books, scan: Scan, request: Request, *, window: timedelta = timedelta(days=30)) -> Answer:
    """Answer one scan: accepted, already done, refused with everything missing, or set aside for people."""
    late = request.at - scan.scanned_at > window
    if late and request.barred is None:
        missing = refuse(
            Reason.TOO_OLD, scanned_at=scan.scanned_at.isoformat(), received_at=request.at.isoformat()
        )
        return set_aside(books, request, "too_old", missing, scan.code, scan.symbology)
    if passes.is_pass(scan.code) and request.barred is None and request.who.may_step(scan.step):
        return passes.scanned(books, scan.code, scan.step, request)
    answer = once(books, request, scan.step.value, lambda: _find_and_decide(books, scan, request))
    if scan.step in _PLACED:
        storage.after(books, answer, request)
    return answer


def soon(scan: Scan, request: Request) -> Soon:
    """What :func:`take` is going to look up: the nonce, and the unit if the label ends in an SSCC."""
    return Soon(nonce_key(request.who.id, request.nonce), sscc_number(scan.code[-18:]))


def _find_and_decide(books: Books, scan: Scan, request: Request) -> Found:
    today = request.at.astimezone(TASHKENT).date()
    found = resolve(scan.code, scan.symbology, today=today)
    if isinstance(found, Unreadable):
        return _unreadable(found, scan)
    if not request.who.may_step(scan.step):
        who = STEP_ROLES.get(scan.step, frozenset())
        barred = refuse(Reason.NOT_PERMITTED, who=who, step=scan.step.value, person=request.who.id)
        return barred, _subject(books, found), {}
    if found.kind is Kind.HOUSE and found.value.startswith("KRV:BAY:"):
        place = found.value.rpartition(":")[2]
        if not storage.known_place(books, place, request):
            return refuse(Reason.UNKNOWN_PLACE, place=place), f"place:{place}", {}
        noted = ScanNoted(f"place:{place}", scan.step.value, found.value, {"place": place})
        return Accepted((noted,)), f"place:{place}", {"place": place}
    unit = _unit(books, found)
    if unit is None:
        kind = Reason.UNKNOWN_LABEL if found.kind in (Kind.SSCC, Kind.HOUSE) else Reason.WRONG_KIND
        return refuse(kind, label=found.value, kind=found.kind.value), _subject(books, found), {}
    visit = _visit(books, scan, request, unit)
    consignment = books.consignment(unit.consignment)
    room = None
    if scan.step in _PLACED:
        room = storage.room_for(books, unit, consignment, scan.place, request)
    inside = storage.inside(books, unit, consignment)
    apart: tuple[Missing, ...] = ()
    if scan.step is Stage.LOAD:
        apart = loading.apart(books, unit, inside, consignment, visit, request)
    ask = request.ask(place=scan.place, condition=scan.condition, note=scan.note, only=scan.only, apart=apart)
    aboard = looking.consignments(books, visit.aboard) if visit is not None else ()
    situation = Situation(consignment, unit, visit, aboard, inside=inside, room=room)
    outcome = decide(situation, scan.step, ask)
    if scan.step in _RECEIVED:
        outcome = tallies.with_differences(outcome, consignment, unit, found)
    facts: dict[str, Any] = {"unit": unit.label, "consignment": unit.consignment, "step": scan.step.value}
    if visit is not None:
        facts["visit"] = visit.id
    return outcome, f"unit:{unit.label}", facts | _said_by_label(found)


def _unreadable(found: Unreadable, scan: Scan) -> Found:
    reason = Reason.BAD_CHECK_DIGIT if found.reason is Fault.CHECK_DIGIT else Reason.UNREADABLE
    facts: dict[str, Any] = {"label": scan.code[:64], "why": found.reason.value, **dict(found.facts)}
    if found.proposal:
        facts["proposal"] = found.proposal
    return refuse(reason, **facts), "label:unreadable", {}


def _subject(books: Books, found: Identifier) -> str:
    unit = _unit(books, found)
    return f"unit:{unit.label}" if unit is not None else f"label:{found.value[:64]}"


def _unit(books: Books, found: Identifier) -> Unit | None:
    if found.kind in (Kind.SSCC, Kind.HOUSE):
        return books.unit(found.value)
    return None


def _visit(books: Books, scan: Scan, request: Request, unit: Unit) -> Visit | None:
    if scan.visit is not None:
        return books.visit(scan.visit)
    if scan.step in (Stage.UNLOAD, Stage.LOST) and unit.visit is not None:
        return books.visit(unit.visit)
    return looking.visit_at(books, request.point)


def _said_by_label(found: Identifier) -> dict[str, Any]:
    """What the sender printed beyond the key: kept with the answer, believed by nobody."""
    said = {
        "batch": found.batch,
        "expiry": found.expiry.isoformat() if found.expiry else None,
        "count": found.count,
    }
    return {key: value for key, value in said.items() if value is not None}


def set_aside(
    books: Books, request: Request, why: str, missing: Refused, code: str = "", symbology: str | None = None
) -> Answer:
    """Keep what cannot be applied by itself for the review desk, beside what the books say of it now.

    ``why`` is the word kept with it; ``missing`` is what is said. Asked again with the same nonce it lies there once.
    """
    if books.recall(request.who.id, request.nonce, request.asked) is not None:
        return once(books, request, why, lambda: (missing, "label:late", {}))
    today = request.at.astimezone(TASHKENT).date()
    found = resolve(code, symbology, today=today) if code else None
    unit = _unit(books, found) if isinstance(found, Identifier) else None
    subject = f"unit:{unit.label}" if unit else "label:late"
    event = ScanSetAside(subject, why, to_plain(dict(request.body)), to_plain(unit) if unit else {})
    seq = books.record((event,), request.context)
    return keep(books, request, Answer("attention", subject, {"review": seq}, missing.missing, seq))
