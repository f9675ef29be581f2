"""Readings of gate devices, recorded: plates, seals, radiation portals, tags, passports, temperature records.

Each becomes one event of its device, and an event of what it concerns. Sent again under its id it changes nothing.
What asks for a person and cannot be laid with a vehicle (a radiation alarm while nobody knows which truck stands in
the portal) lies on the review desk until its vehicle is let in, or somebody decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from devices.readings import EventReading, PlateReading, plain
from terminal.cases import screening
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, keep, once, record
from terminal.cases.plates import plate_of
from terminal.store.books import Books
from terminal.store.codes import storable
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import device_readings as rules
from workflows.device_readings import Said
from workflows.events import Event, ReviewClosed, ScanSetAside
from workflows.events_devices import READ, DeviceTold, ReadingLinked, SignalShown
from workflows.holds import NewHold, place_by_check
from workflows.identifiers import normalise_seal
from workflows.outcomes import Accepted, Reason, refuse
from workflows.stages import Stage
from workflows.state import Consignment, Visit

#: a frame up to this size stands in the journal; a longer one (pictures) is a stored file
RAW_IN_JOURNAL = 2048
#: a plate read longer ago than this does not say which vehicle stands at its camera
PLATE_LIVES = timedelta(minutes=3)
#: an alarm that no vehicle could be given is laid with the vehicle let in there within this time
ALARM_WAITS = timedelta(minutes=10)
#: a vehicle let in this long ago no longer stands in the lane of the gate
IN_THE_LANE = timedelta(minutes=5)
LONGEST_TEXT = 2000
_GATE = frozenset({Stage.GATE_IN, Stage.GATE_OUT})
_PERSONAL = frozenset({"passport"})
ALARM = "radiation_alarm"


@dataclass(frozen=True, slots=True)
class Told:
    """A reading as it is recorded: plain values only. ``plate`` is the plate last read at its point, if fresh."""

    kind: str
    id: str
    device: str
    point: str
    at: datetime
    protocol: str
    fields: Mapping[str, Any]
    raw: bytes = b""
    plate: str | None = None
    gate: bool = False
    links: list[ReadingLinked] = field(default_factory=list, compare=False)

    @property
    def raw_sha256(self) -> str | None:
        """The name of the file in which a long frame is kept; None for a short one, which the journal holds."""
        return hashlib.sha256(self.raw).hexdigest() if len(self.raw) > RAW_IN_JOURNAL else None

    @property
    def body(self) -> dict[str, Any]:
        """What was asked, for the nonce."""
        return {
            "reading": self.kind,
            "device": self.device,
            "fields": dict(self.fields),
            "raw": self.raw_sha256 or self.raw.hex(),
        }


def told(reading: PlateReading | EventReading, plate: str | None = None, *, gate: bool = False) -> Told:
    """The reading in the words of the journal."""
    fields: Mapping[str, Any]
    if isinstance(reading, PlateReading):
        kind = "plate"
        fields = {
            **reading.extra,
            "plate": reading.plate,
            "country": reading.country,
            "confidence": reading.confidence,
            "direction": reading.direction,
        }
        fields = {name: value for name, value in fields.items() if value is not None}
    else:
        kind, fields = kind_of(reading), reading.fields
    exact = written(plain(fields))
    return Told(
        kind,
        reading.id,
        reading.device,
        reading.point,
        reading.at,
        reading.protocol,
        exact if isinstance(exact, dict) else {},
        reading.raw,
        plate,
        gate,
    )


def kind_of(reading: EventReading) -> str:
    """What an event reading is about."""
    if reading.kind == "reader":
        return "passport" if reading.protocol == "mrz" else "tag" if reading.fields.get("tags") else "device"
    return reading.kind if reading.kind in READ else "device"


def written(value: Any, depth: int = 0) -> Any:
    """A value as every database and the journal keep it: no floats, no odd characters, nothing without bounds."""
    if depth > 6:
        return None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**15 else str(value)[:LONGEST_TEXT]
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Mapping):
        return {written(str(k), depth + 1): written(v, depth + 1) for k, v in list(value.items())[:200]}
    if isinstance(value, list | tuple):
        return [written(item, depth + 1) for item in value[:500]]
    text = str(value)[:LONGEST_TEXT]
    return text if storable(text) else "".join(c if storable(c) else "�" for c in text)


def take(books: Books, reading: Told, request: Request, judge: Judge | None = None) -> Answer:
    """Record one reading and what follows from it. ``request`` carries :attr:`Told.body` and the reading's id.

    A travel document that was read for a vehicle is screened at once: what the vehicle brought is judged again. So is
    the consignment to which a temperature record belongs.
    """
    known = books.recall(request.who.id, request.nonce, request.asked) is not None
    subject = f"device:{reading.device}"
    if known or request.barred is not None:
        return once(books, request, "reading", lambda: (refuse(Reason.INVALID, field="reading"), subject, {}))
    visit = _vehicle(books, reading, request.at)
    links, holds, homeless = _follows(books, reading, visit, request)
    cls = READ.get(reading.kind, DeviceTold)
    short = reading.raw_sha256 is None
    read = cls(
        subject,
        reading.id,
        reading.protocol,
        reading.fields,
        reading.raw.hex() if short else "",
        reading.raw_sha256,
        tuple(link.subject for link in links),
    )
    events: list[Event] = [read, *links, *holds]
    if homeless:
        scan = {"point": reading.point, "device": reading.device, "code": reading.id, "reading": reading.kind}
        events.append(ScanSetAside(subject, ALARM, scan, {"fields": dict(reading.fields)}))
    facts: dict[str, Any] = {"device": reading.device, "reading": reading.kind}
    said = sorted({word for link in links for word in link.said})
    facts |= {"said": said} if said else {}
    facts |= {"visit": visit.id} if visit is not None and any(_on(link, visit) for link in links) else {}
    answer = record(books, request, "reading", Accepted(tuple(events)), subject, facts)
    if judge is not None:
        for ref in _judged_again(reading, visit, links):
            run(books, ref, request, judge)
        if reading.kind == "passport" and visit is not None:
            screening.run(books, visit.id, request, judge)
    if holds or homeless:
        answer = replace(answer, verdict="attention")
    return keep(books, request, answer)


def _judged_again(reading: Told, visit: Visit | None, links: list[ReadingLinked]) -> list[str]:
    """References of the consignments that the checks see in another light now."""
    if reading.kind == "passport" and visit is not None:
        return list(dict.fromkeys((*visit.carries, *visit.brought)))
    if reading.kind == "temperature":
        return [link.subject.removeprefix("consignment:") for link in links]
    return []


def _on(link: ReadingLinked, visit: Visit) -> bool:
    return link.subject == f"visit:{visit.id}"


def _vehicle(reader: Reader, reading: Told, now: datetime) -> Visit | None:
    """The vehicle that a reading is of: by its plate, by its seal, else the only one that stands at its point."""
    if reading.kind == "plate":
        return _with_plate(reader, str(reading.fields.get("plate") or ""))
    if reading.kind == "seal":
        number = normalise_seal(str(reading.fields.get("seal") or ""))
        for line in reader.visits_inside():
            visit = reader.visit(line.id)
            if visit is not None and number in rules.seals_of(visit, _aboard(reader, visit)):
                return visit
    if reading.plate is not None:
        return _with_plate(reader, reading.plate)
    standing = []
    for line in reader.visits_inside(point=reading.point):
        if not reading.gate or now - line.since < IN_THE_LANE:
            standing.append(line.id)
    return reader.visit(standing[0]) if len(standing) == 1 else None


def _with_plate(reader: Reader, plate: str) -> Visit | None:
    wanted = plate_of(plate)
    lines = reader.visits_with_plate(wanted) if wanted else []
    found = [visit for line in lines if (visit := reader.visit(line.id)) is not None]
    inside = next((visit for visit in found if visit.inside), None)
    return inside or next((visit for visit in found if visit.stage is Stage.PRE_ADVICE), None)


def _aboard(reader: Reader, visit: Visit) -> list[Consignment]:
    refs = dict.fromkeys((*visit.carries, *visit.brought))
    return [one for ref in refs if (one := reader.consignment(ref)) is not None]


Follows = tuple[list[ReadingLinked], list[Event], bool]


def _follows(books: Books, reading: Told, visit: Visit | None, request: Request) -> Follows:
    """What a reading means: links to what it concerns, holds, and whether a person must find its vehicle."""
    match reading.kind:
        case "plate":
            return _plate(books, reading, visit), [], False
        case "seal":
            return _seal(books, reading, visit, request)
        case "radiation":
            return _radiation(reading, visit, request)
        case "tag":
            return _tags(books, reading), [], False
        case "passport" if visit is not None:
            return [_link(reading, f"visit:{visit.id}", {}, _document(reading, request.at.date()))], [], False
        case "temperature":
            return _temperature(books, reading), [], False
        case _:
            return [], [], False


def _link(reading: Told, subject: str, fields: Mapping[str, Any], said: tuple[Said, ...]) -> ReadingLinked:
    return ReadingLinked(
        subject, reading.kind, reading.device, reading.id, dict(fields), tuple(s.value for s in said)
    )


def _plate(reader: Reader, reading: Told, visit: Visit | None) -> list[ReadingLinked]:
    if visit is None:
        return []
    subject = f"visit:{visit.id}"
    newest = reader.history(subject, limit=1)
    again = newest and newest[0].type == "ReadingLinked" and newest[0].data["device"] == reading.device
    if again and reading.at - newest[0].at < PLATE_LIVES:
        return []  # a camera tells of a truck that waits again and again
    said = Said.PLATE_INSIDE if visit.inside else Said.PLATE_EXPECTED
    shown = {k: reading.fields[k] for k in ("plate", "confidence", "direction") if k in reading.fields}
    return [_link(reading, subject, shown, (said,))]


def _seal(books: Books, reading: Told, visit: Visit | None, request: Request) -> Follows:
    number, state = str(reading.fields.get("seal") or ""), reading.fields.get("state")
    folded = normalise_seal(number)
    if not folded:
        return [], [], False
    known = state if isinstance(state, str) else None
    shown = {k: reading.fields[k] for k in ("seal", "state", "battery") if k in reading.fields}
    own = f"seal:{folded[:64]}"
    earlier = next((e for e in books.history(own, limit=1) if e.type == "ReadingLinked"), None)
    before = earlier.data["fields"].get("state") if earlier is not None else None
    if visit is None:
        changed = before is not None and known is not None
        word = Said.SEAL_UNCHANGED if before == known else Said.SEAL_CHANGED
        return [_link(reading, own, shown, (word,) if changed else ())], [], False
    expected = rules.seals_of(visit, _aboard(books, visit))
    found = rules.compare_seal(number, known, expected, before, visit, str(uuid7()))
    if earlier is not None:
        shown |= {
            "before": before,
            "before_at": earlier.at.isoformat(),
            "before_point": earlier.facts.get("point"),
        }
    links = [_link(reading, f"visit:{visit.id}", shown, found.said), _link(reading, own, shown, found.said)]
    return (
        links,
        _held(visit, found.hold, request, f"{reading.device}: {number} {known or ''}".strip()),
        False,
    )


def _radiation(reading: Told, visit: Visit | None, request: Request) -> Follows:
    said = rules.radiation_said(reading.fields)
    alarm = Said.RADIATION_ALARM in said
    if not said or visit is None:
        return [], [], alarm
    names = ("kind", "alarm", "alarms", "gamma_most", "neutron_most", "occupancy")
    shown = {name: reading.fields[name] for name in names if name in reading.fields}
    links = [_link(reading, f"visit:{visit.id}", shown, said)]
    hold = rules.radiation_hold(visit, reading.id, str(uuid7())) if alarm else None
    return links, _held(visit, hold, request, _alarm_note(reading.device, reading.fields)), False


def _alarm_note(device: str, fields: Mapping[str, Any]) -> str:
    what = fields.get("alarms") or fields.get("kind") or ""
    return f"{device}: {' + '.join(map(str, what)) if isinstance(what, list) else what}"[:200]


def _held(visit: Visit, hold: NewHold | None, request: Request, note: str) -> list[Event]:
    if hold is None:
        return []
    outcome = place_by_check(hold, visit.holds, f"visit:{visit.id}", request.ask(note=note))
    return list(outcome.events) if isinstance(outcome, Accepted) else []


def _tags(reader: Reader, reading: Told) -> list[ReadingLinked]:
    """Tags that carry the SSCC of a unit we know are told to that unit."""
    tags = reading.fields.get("tags")
    links = []
    for tag in tags if isinstance(tags, list) else []:
        epc = str(tag.get("epc") or "") if isinstance(tag, dict) else ""
        label = rules.sscc_of_epc(epc)
        if label is not None and reader.unit(label) is not None:
            links.append(_link(reading, f"unit:{label}", {"epc": epc}, ()))
    return links


def _document(reading: Told, today: date) -> tuple[Said, ...]:
    """Whether a travel document is still valid; its holder is nobody's business on a vehicle's page."""
    text = str(reading.fields.get("expiry_date") or "")
    try:
        until = date.fromisoformat(text)
    except ValueError:
        return ()
    return (Said.DOCUMENT_VALID if until >= today else Said.DOCUMENT_EXPIRED,)


def _temperature(reader: Reader, reading: Told) -> list[ReadingLinked]:
    """The consignment whose reference stands in the name of the logger's file, if exactly one does."""
    stem = str(reading.fields.get("file") or "").rpartition(".")[0]
    words = {part for part in (stem, *stem.replace("_", " ").split()) if part}
    refs = reader.references_among(words)
    if len(refs) != 1:
        return []
    names = ("logger", "count", "min_c", "max_c", "first_at", "last_at", "gaps", "sha256")
    shown = {name: reading.fields[name] for name in names if name in reading.fields}
    said = (Said.TEMPERATURE_GAPS,) if reading.fields.get("gaps") else ()
    return [_link(reading, f"consignment:{refs.pop()}", shown, said)]


# --- alarms that waited for their vehicle ----------------------------------------------------------------
def with_alarms(books: Books, visit: Visit, request: Request) -> Visit:
    """The vehicle that asks to come in, with the radiation alarms at this point that had no vehicle laid with it.

    Recorded at once, so that the step which follows is refused; the items leave the review desk.
    """
    for item in books.desk.reviews_open(limit=500):
        here = item.why == ALARM and request.point is not None and item.scan.get("point") == request.point
        if not here or not timedelta() <= request.at - item.opened_at <= ALARM_WAITS:
            continue
        device, identity = str(item.scan.get("device") or ""), str(item.scan.get("code") or "")
        fields = item.other.get("fields") or {}
        alarm = Told("radiation", identity, device, request.point or "", request.at, "", fields)
        links, holds, _ = _radiation(alarm, visit, request)
        books.record(
            (*links, *holds, ReviewClosed(item.subject, item.seq, "APPLY", f"visit:{visit.id}")),
            request.context,
        )
        visit = books.visit(visit.id) or visit
    return visit


# --- lamps -----------------------------------------------------------------------------------------------
def shown(books: Books, device: str, verdict: str, about: str, fault: str, request: Request) -> int:
    """Record that a lamp or barrier was told a verdict, or why it could not be."""
    return books.record((SignalShown(f"device:{device}", verdict, about, fault),), request.context)


def of_device(
    reader: Reader, device: str, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """What a device told and was told, newest first, as plain values; ``personal`` marks readings about persons."""
    found = []
    for entry in reader.history(f"device:{device}", before, limit):
        kind = next((name for name, cls in READ.items() if cls.__name__ == entry.type), "")
        found.append(
            {
                "seq": entry.seq,
                "type": entry.type,
                "kind": kind,
                "at": (entry.facts.get("device_at") or entry.at.astimezone(UTC).isoformat()),
                "point": entry.facts.get("point"),
                "personal": kind in _PERSONAL,
                "data": dict(entry.data),
            }
        )
    return found
