"""What passed the gate and the docks today, moment by moment: for the wall, which asks anew with every change.

The journal of the day is read once; afterwards only what was added. Weights are asked anew now and then, because a
unit may be weighed after it was tallied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock

from terminal.reports.span import Span, day_of
from terminal.store import spans
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from terminal.store.repacked import Received, received
from terminal.store.spans import Part, UnitFacts
from workflows.stages import Stage

_TYPES = (
    "StageChanged",
    "VisitEntered",
    "VisitWeighed",
    "UnitTallied",
    "UnitFound",
    "UnitWeighed",
    "GoodsRepacked",
    "ScanUndone",
)
#: weights of known units are asked again after so long
_WEIGHTS = timedelta(seconds=60)
#: minutes of one bar, the shortest first, and how many bars a graph has at most
STEPS = (5, 15, 30, 60)
BARS = 24
#: a graph of one bar says nothing: the time before it is shown too
_LEAST = 12


@dataclass(frozen=True, slots=True)
class Slice:
    """What happened from ``at`` (UTC) for one step: vehicles in and out, and by its end the sums of the day.

    ``received_kg`` and ``gone_kg`` are kg since the day began; ``inside`` is how many vehicles were inside at the end.
    """

    at: datetime
    came: int
    left: int
    received_kg: Decimal
    gone_kg: Decimal
    inside: int


@dataclass(frozen=True, slots=True)
class Today:
    """The day so far. Weights in kg, those known now; ``unknown`` counts units that have none."""

    day: date
    came: int
    left: int
    weighed: int
    received: int
    gone: int
    received_kg: Decimal
    gone_kg: Decimal
    unknown: int
    minutes: int  # of one slice
    slices: tuple[Slice, ...]


@dataclass(slots=True)
class _Seen:
    day: date
    seq: int
    came: list[datetime] = field(default_factory=list)
    left: list[datetime] = field(default_factory=list)
    weighed: int = 0
    received: dict[str, datetime] = field(default_factory=dict)
    gone: dict[str, datetime] = field(default_factory=dict)
    facts: dict[str, UnitFacts] = field(default_factory=dict)
    brought: dict[str, Received] = field(default_factory=dict)
    repacked: set[str] = field(default_factory=set)  # consignments whose units were repacked today
    asked: datetime | None = None

    def take(self, entry: Entry) -> None:
        kind, _, name = entry.subject.partition(":")
        match entry.type:
            case "VisitEntered":
                self.came.append(entry.at)
            case "VisitWeighed" | "UnitWeighed":
                self.weighed += 1
            case "UnitTallied" | "UnitFound":
                self.received.setdefault(name, entry.at)
            case "ScanUndone" if entry.data["step"] == Stage.TALLY:
                self.received.pop(name, None)
            case "GoodsRepacked":
                self.repacked.add(name)
                self.asked = None
            case "StageChanged" if entry.data["stage"] == Stage.GATE_OUT and kind == "visit":
                self.left.append(entry.at)
            case "StageChanged" if entry.data["stage"] == Stage.GATE_OUT and kind == "unit":
                self.gone.setdefault(name, entry.at)


class Following:
    """Follows the journal of the day for every reader of the wall; safe in threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: _Seen | None = None

    def today(self, reader: Reader, now: datetime) -> Today:
        """The day of ``now`` (UTC) in Tashkent, as far as this reader's journal reaches."""
        with self._lock:
            seen = self._advance(reader, now)
            self._weigh(reader, seen, now)
            return _told(seen, len(reader.visits_inside()), now)

    def _advance(self, reader: Reader, now: datetime) -> _Seen:
        day = day_of(now)
        span = Span(day, day)
        seen = self._seen
        if seen is None or seen.day != day:
            before = spans.number_at(reader.connection, span.start - spans.MARGIN) - 1
            seen = self._seen = _Seen(day, before)
        last = reader.head().seq
        for piece in spans.entries(reader.connection, Part(seen.seq + 1, last), _TYPES):
            for entry in piece:
                if span.holds(entry.at):
                    seen.take(entry)
        seen.seq = max(seen.seq, last)
        return seen

    def _weigh(self, reader: Reader, seen: _Seen, now: datetime) -> None:
        labels = seen.received.keys() | seen.gone.keys()
        again = seen.asked is None or not timedelta() <= now - seen.asked < _WEIGHTS
        if again:
            seen.asked = now
        wanted = labels if again else labels - seen.facts.keys()
        seen.facts |= spans.units_among(reader.connection, wanted)
        mixed = {label for label in seen.received if _is_of(seen, label)}
        came = (wanted & seen.received.keys()) | mixed
        seen.brought |= received(reader, came, seen.repacked)


def _is_of(seen: _Seen, label: str) -> bool:
    """True for a unit of a consignment that was repacked today: what each of its units brought hangs together."""
    return label in seen.facts and seen.facts[label].consignment in seen.repacked


def _told(seen: _Seen, inside: int, now: datetime) -> Today:
    brought = [(at, seen.brought[label]) for label, at in seen.received.items() if label in seen.brought]
    came_in = [(at, one.kg or Decimal(0)) for at, one in brought]
    gone = _weights(seen, seen.gone)
    moments = [*seen.came, *seen.left, *seen.received.values(), *seen.gone.values()]
    first = min(moments, default=now)
    step = next((m for m in STEPS if (now - first) / timedelta(minutes=m) < BARS - 1), STEPS[-1])
    width = timedelta(minutes=step)
    start = max(
        min(_floor(first, step), _floor(now, step) - width * (_LEAST - 1)), Span(seen.day, seen.day).start
    )
    slices = []
    while start <= now:
        end = start + width
        slices.append(
            Slice(
                start,
                sum(1 for at in seen.came if start <= at < end),
                sum(1 for at in seen.left if start <= at < end),
                sum((kg for at, kg in came_in if at < end), Decimal(0)),
                sum((kg for at, kg in gone if at < end), Decimal(0)),
                max(0, inside - _since(seen.came, end) + _since(seen.left, end)),
            )
        )
        start = end
    known = [seen.facts[label] for label in seen.gone.keys() - seen.received.keys() if label in seen.facts]
    unknown = sum(1 for one in known if not one.inside and one.gross_kg is None)
    return Today(
        seen.day,
        len(seen.came),
        len(seen.left),
        seen.weighed,
        sum(1 for _, one in brought if one.alone),
        len(gone),
        sum((kg for _, kg in came_in), Decimal(0)),
        sum((kg for _, kg in gone), Decimal(0)),
        unknown + sum(1 for _, one in brought if one.kg is None),
        step,
        tuple(slices),
    )


def _floor(at: datetime, step: int) -> datetime:
    return at - timedelta(minutes=at.minute % step, seconds=at.second, microseconds=at.microsecond)


def _weights(seen: _Seen, moments: dict[str, datetime]) -> Sequence[tuple[datetime, Decimal]]:
    """When each unit moved and what it weighs; what stands inside another one counts with that."""
    found = ((at, seen.facts[label]) for label, at in moments.items() if label in seen.facts)
    return [(at, one.gross_kg or Decimal(0)) for at, one in found if not one.inside]


def _since(moments: Iterable[datetime], end: datetime) -> int:
    return sum(1 for at in moments if at >= end)
