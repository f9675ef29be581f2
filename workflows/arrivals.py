"""Arrivals: opening hours, time windows an hour long with a capacity, docks, the queue, and anti-passback.

Hours are those of the terminal's clock (Asia/Tashkent, UTC+5, no daylight saving); times in and out are UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workflows.announce_state import Priority, Window
from workflows.evolve import TASHKENT
from workflows.outcomes import Missing, Reason
from workflows.stages import Stage
from workflows.state import Consignment, Visit

HOUR = timedelta(hours=1)
#: asked again within this time, a gate-in or gate-out is the same button pressed twice, not a second passage
SAME_PASSAGE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hours:
    """When vehicles may come: from ``opens`` to ``closes`` (hours of the day, 24 is midnight) on ``days`` (1 is
    Monday), ``per_hour`` vehicles in each window, bookable ``ahead_days`` days ahead. ``docks`` are points where
    vehicles are unloaded or loaded."""

    opens: int = 0
    closes: int = 24
    days: frozenset[int] = frozenset(range(1, 8))
    per_hour: int = 10
    ahead_days: int = 14
    docks: tuple[str, ...] = ()

    def windows(self, day: date) -> tuple[datetime, ...]:
        """The starts (UTC) of the windows of a day of the terminal."""
        if day.isoweekday() not in self.days:
            return ()
        midnight = datetime.combine(day, time(), TASHKENT)
        return tuple((midnight + HOUR * hour).astimezone(UTC) for hour in range(self.opens, self.closes))

    def open_at(self, at: datetime) -> bool:
        """True when the terminal lets vehicles in at that moment."""
        here = at.astimezone(TASHKENT)
        return here.isoweekday() in self.days and self.opens <= here.hour < self.closes


def window_refused(hours: Hours, at: datetime, now: datetime, booked: int) -> Window | None:
    """Why the window that begins at ``at`` cannot be had now, when ``booked`` vehicles have it already; None when it can."""
    if at + HOUR <= now:
        return Window.PAST
    if at not in hours.windows(at.astimezone(TASHKENT).date()):
        return Window.CLOSED
    if at.astimezone(TASHKENT).date() > now.astimezone(TASHKENT).date() + timedelta(days=hours.ahead_days):
        return Window.TOO_FAR
    return Window.FULL if booked >= hours.per_hour else None


def dock_for(docks: tuple[str, ...], waiting: Mapping[str, int]) -> str | None:
    """The dock with the fewest vehicles; the first of them in the order of the configuration. None without docks."""
    return min(docks, key=lambda dock: (waiting.get(dock, 0), docks.index(dock))) if docks else None


def queue_order(visits: Iterable[Visit]) -> list[Visit]:
    """Vehicles that wait for a dock: what is needed most first, then who came first."""
    waiting = [visit for visit in visits if visit.stage in (Stage.GATE_IN, Stage.WEIGH_IN)]
    return sorted(waiting, key=lambda visit: (Priority(visit.priority).rank, visit.queued_at or visit.since))


def ahead_of(visit: Visit, others: Iterable[Visit]) -> int:
    """How many vehicles that wait for the same dock go before this one."""
    queue = queue_order([visit, *(other for other in others if other.id != visit.id)])
    same = [other for other in queue if other.dock == visit.dock]
    return next((place for place, other in enumerate(same) if other.id == visit.id), 0)


def passed_before(visit: Visit, stage: Stage, at: datetime) -> bool:
    """True when the vehicle passed to ``stage`` so shortly before that asking again is the same passage."""
    return visit.stage is stage and at - visit.since <= SAME_PASSAGE


def not_inside(visit: Visit) -> list[Missing]:
    """Anti-passback at the way out: a vehicle that is not inside cannot leave."""
    if visit.inside:
        return []
    return [
        Missing(
            Reason.NOT_INSIDE,
            {"visit": visit.id, "plate": visit.plate or visit.expected_plate, "stage": visit.stage.value},
        )
    ]


#: papers under which goods travel, by any mode
WAYBILLS = frozenset({"CMR", "TIR", "SMGS", "AWB", "RIVER_BILL"})


def on_the_papers(waybill: str | None, consignments: Iterable[Consignment]) -> bool | None:
    """Whether the waybill that was shown is one that the papers name, by letters and digits only.

    None when none was shown, or no paper of these consignments is a waybill: then nothing can be compared.
    """
    shown = _bare(waybill or "")
    written = {
        _bare(paper.number)
        for one in consignments
        for paper in one.papers.documents
        if paper.type in WAYBILLS
    } - {""}
    return shown in written if shown and written else None


def _bare(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum())


def inside_elsewhere(visit: Visit, plate: str | None, others: Iterable[Visit]) -> list[Missing]:
    """Anti-passback at the way in: the same plate is inside in another visit."""
    return [
        Missing(Reason.ALREADY_INSIDE, {"visit": other.id, "plate": other.plate, "stage": other.stage.value})
        for other in others
        if plate is not None and other.inside and other.id != visit.id and other.plate == plate
    ]


def unmatched(visit: Visit) -> list[Missing]:
    """A vehicle that nobody announced is not opened or loaded before somebody said what it brings."""
    if not visit.in_trouble:
        return []
    return [Missing(Reason.NOT_MATCHED, {"visit": visit.id, "plate": visit.plate})]
