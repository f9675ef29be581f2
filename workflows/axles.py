"""Axle-by-axle weighing: the groups of one pass, their sum against the static weight, and the road limits (WGT-03).

Limits come from ``road_limits_kg`` of tolerances.json (10 t single, 18 t tandem, 24 t tridem, 40 t with five axles,
44 t with more, as shipped); the sum is compared as a weighing in motion is, for axles are weighed one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows.ask import Ask
from workflows.checks.facts import finding
from workflows.checks.reference import Tolerances
from workflows.findings import Finding, Severity
from workflows.holds import NewHold
from workflows.holds_by_check import asked_for
from workflows.outcomes import Missing, Reason
from workflows.stages import Stage
from workflows.state import Consignment, Visit, Weighing
from workflows.weight_state import Axle

CHECK = "WGT-03"
#: axles of a group -> its name in ``road_limits_kg``
LIMIT_NAMES: Mapping[int, str] = {1: "single_axle", 2: "tandem", 3: "tridem"}
#: layouts that operators meet: axles of each group from the front
LAYOUTS: tuple[tuple[int, ...], ...] = (
    (1, 1),
    (1, 2),
    (1, 1, 2),
    (1, 1, 3),
    (1, 2, 2),
    (1, 2, 3),
    (1, 1, 1, 2),
)
_STOPPED = frozenset({Stage.GATE_OUT, Stage.BORDER_EXIT})


def layout_of(text: str) -> tuple[int, ...] | None:
    """ "1-2-3" as (1, 2, 3); None for anything that is no layout of two to six groups of one to three axles."""
    parts = text.strip().split("-")
    if not 2 <= len(parts) <= 6 or any(part not in ("1", "2", "3") for part in parts):
        return None
    return tuple(int(part) for part in parts)


def layout_text(layout: Iterable[int]) -> str:
    """(1, 2, 3) as "1-2-3"."""
    return "-".join(str(axles) for axles in layout)


def groups(visit: Visit, series: int | None = None) -> tuple[Weighing, ...]:
    """The axle weights of one pass (the last, unless told), in the order of the groups; a group weighed again counts once."""
    taken = [w for w in visit.weighings if w.axle is not None]
    wanted = series if series is not None else max((w.axle.series for w in taken if w.axle), default=0)
    mine = {w.axle.place: w for w in taken if w.axle is not None and w.axle.series == wanted}
    return tuple(mine[place] for place in sorted(mine))


def complete(taken: tuple[Weighing, ...]) -> bool:
    """True when every group of the layout was weighed."""
    return bool(taken) and taken[0].axle is not None and len(taken) == len(taken[0].axle.layout)


def next_axle(visit: Visit, layout: tuple[int, ...]) -> Axle:
    """Which group stands on the scale next. Another layout, or a pass that is complete, begins a new pass."""
    taken = groups(visit)
    last = taken[0].axle if taken else None
    if last is None:
        return Axle(1, 1, layout)
    if complete(taken) or last.layout != layout:
        return Axle(last.series + 1, 1, layout)
    done = {w.axle.place for w in taken if w.axle is not None}
    return Axle(last.series, next(place for place in range(1, len(layout) + 1) if place not in done), layout)


@dataclass(frozen=True, slots=True)
class Group:
    """One axle group: its axles, its weight and the road limit (kg); ``limit_kg`` None where the tables name none."""

    place: int
    axles: int
    kg: Decimal
    limit_kg: Decimal | None

    @property
    def over(self) -> bool:
        """True when it weighs more than the road allows."""
        return self.limit_kg is not None and self.kg > self.limit_kg


@dataclass(frozen=True, slots=True)
class Report:
    """One pass: its groups, their sum, the static weight beside it and the limits. Weights in kg.

    ``static_kg`` None: nobody weighed the whole vehicle. ``agrees`` None: cannot be told.
    """

    layout: tuple[int, ...]
    groups: tuple[Group, ...]
    complete: bool
    sum_kg: Decimal
    static_kg: Decimal | None
    allowed_kg: Decimal
    gross_limit_kg: Decimal

    @property
    def difference_kg(self) -> Decimal | None:
        """Sum of the groups less the static weight."""
        return self.sum_kg - self.static_kg if self.complete and self.static_kg is not None else None

    @property
    def agrees(self) -> bool | None:
        """True when the sum is the static weight within the tolerance of axle weighing."""
        return abs(self.difference_kg) <= self.allowed_kg if self.difference_kg is not None else None

    @property
    def gross_kg(self) -> Decimal:
        """The weight that counts for the gross limit: the static one if there is one, else the sum."""
        return self.static_kg if self.static_kg is not None else self.sum_kg


def static_weight(visit: Visit) -> Weighing | None:
    """The newest weight of the whole vehicle."""
    return next((w for w in reversed(visit.weighings) if w.what in ("GROSS", "TARE", "OUT")), None)


def gross_limit(axles: int | None, limits: Mapping[str, Decimal]) -> Decimal:
    """The gross limit (kg) of a vehicle with so many axles; with an unknown number only the highest is certain."""
    return limits["gross_5_axles"] if axles is not None and axles <= 5 else limits["gross_6_axles"]


def report(visit: Visit, tolerances: Tolerances) -> Report | None:
    """The last pass of a vehicle; None when its axles were not weighed."""
    taken = groups(visit)
    if not taken or taken[0].axle is None:
        return None
    layout, limits = taken[0].axle.layout, tolerances.road_limits_kg
    found = tuple(
        Group(w.axle.place, w.axle.axles, w.kg, limits.get(LIMIT_NAMES[w.axle.axles]))
        for w in taken
        if w.axle is not None
    )
    total = sum((group.kg for group in found), Decimal(0))
    static = static_weight(visit)
    base = static.kg if static is not None else total
    return Report(
        layout,
        found,
        complete(taken),
        total,
        static.kg if static is not None else None,
        tolerances.weight["weighbridge_in_motion"].limit_kg(base),
        gross_limit(sum(layout), limits),
    )


def overweight(visit: Visit, tolerances: Tolerances) -> Finding | None:
    """WGT-03 of a vehicle on the road: every axle group above its limit, and the gross weight; None when nothing is.

    An axle group counts as soon as it was weighed; the gross limit of a vehicle whose axles nobody counted is the
    highest one.
    """
    if visit.mode != "ROAD":
        return None
    told = report(visit, tolerances)
    over: list[dict[str, Any]] = []
    if told is not None:
        over += [
            {"part": LIMIT_NAMES[g.axles], "place": g.place, "kg": g.kg, "limit_kg": g.limit_kg}
            for g in told.groups
            if g.over
        ]
    static = static_weight(visit)
    gross = static.kg if static is not None else told.sum_kg if told is not None and told.complete else None
    limit = told.gross_limit_kg if told is not None else gross_limit(None, tolerances.road_limits_kg)
    if gross is not None and gross > limit:
        over.append({"part": "gross", "kg": gross, "limit_kg": limit})
    return finding(CHECK, Severity.HOLD, "vehicle", over=over) if over else None


def permitted(aboard: Iterable[Consignment]) -> bool:
    """True when the papers of something on board hold an overweight permit."""
    return any(
        one.papers.documents and any(d.type == "OVERWEIGHT" for d in one.papers.documents) for one in aboard
    )


def hold_for(
    visit: Visit, found: Finding | None, aboard: Iterable[Consignment], hold_id: str
) -> NewHold | None:
    """The hold at the gate that an overweight vehicle on its way out gets; None with a permit, or for one that came in.

    It stops the way out only: the load may be opened and made lighter.
    """
    outward = visit.stage in (Stage.LOAD, Stage.SEAL, Stage.WEIGH_OUT)
    if found is None or not outward or permitted(aboard):
        return None
    parts = tuple(f"{one['part']} {one['kg']} kg > {one['limit_kg']} kg" for one in found.facts["over"])
    (new,) = asked_for([found], f"visit:{visit.id}", [hold_id])
    return NewHold(
        new.id, new.subject, new.authority, new.reason, new.severity, _STOPPED, parts, new.check, new.target
    )


def not_for_axles(visit: Visit, layout: tuple[int, ...] | None, ask: Ask) -> list[Missing]:
    """What keeps this vehicle from being weighed axle by axle: not inside, not on the road, or no known layout."""
    missing = []
    if not visit.inside or visit.mode != "ROAD":
        facts = {"visit": visit.id, "stage": visit.stage.value, "step": Stage.WEIGH_IN.value}
        missing.append(Missing(Reason.WRONG_STAGE, facts))
    if layout is None:
        missing.append(Missing(Reason.INVALID, {"field": "layout", "by": ask.who.id}))
    return missing
