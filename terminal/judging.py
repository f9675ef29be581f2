"""The judge of the live terminal: a consignment as the books know it becomes a case for the checks.

What the terminal saw is put together from visits, units and weights in the transaction that records the result, so
that no decision rests on figures older than itself.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from terminal.cases import looking, storage, tares, temperatures, watching
from terminal.cases.checking import Judged, Screened
from terminal.cases.once import Request
from terminal.history import indicators_of, past_lanes
from terminal.rules_in_force import Rules, RulesRoom
from terminal.settings import Settings
from terminal.store.reader import Reader
from terminal.store.repacked import made_here
from terminal.store.snapshots import LINES_KEPT, lines_of
from workflows.checks.again import Seen
from workflows.checks.case import (
    Case,
    CheckContext,
    CountSeen,
    GateRead,
    HeaderOf,
    InspectionSeen,
    Observations,
    Planned,
    ScanSeen,
    SealSeen,
    SsccUse,
    WagonRead,
    WeighingSeen,
)
from workflows.customs_offices import office_of
from workflows.evolve import TASHKENT
from workflows.findings import Finding
from workflows.judge import Judgement, judge
from workflows.papers import Mode, Papers
from workflows.parts import labels_of
from workflows.plain import to_plain
from workflows.rail import number_form
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit, Weighing
from workflows.vehicle_screening import EmptyWeight, screened

#: units of a consignment whose own weights are looked up; above that only the vehicle's weight is compared
UNITS_WEIGHED = 200
#: consignments of which the last judgement is kept at hand, so that a scan runs no more than what it changes
REMEMBERED = 128
_UNSEEN = (Stage.PRE_ADVICE, Stage.UNLOAD, Stage.LOST)


class LiveJudge:
    """The judge of a terminal, by the rules in force; what it judged by is kept, to be judged by again."""

    def __init__(self, room: RulesRoom, secret: Callable[[], bytes]) -> None:
        self._room = room
        self._secret = secret
        self._remembered: OrderedDict[str, Seen] = OrderedDict()

    def __call__(self, reader: Reader, consignment: Consignment, request: Request, /) -> Judged:
        """Judge a consignment: only the checks run whose facts have changed."""
        rules = self._rules(reader)
        case = case_of(reader, consignment, request.at, rules, self._secret)
        result = judge(case, self._remembered.pop(consignment.ref, None))
        if result.seen is not None:
            self._remembered[consignment.ref] = result.seen
        while len(self._remembered) > 1 and (
            len(self._remembered) > REMEMBERED or self._lines() > LINES_KEPT
        ):
            self._remembered.popitem(last=False)
        return _told(result, rules)

    def _lines(self) -> int:
        return sum(lines_of(seen.case.papers) for seen in tuple(self._remembered.values()))

    def of_vehicle(self, reader: Reader, visit: Visit, request: Request, /) -> Screened:
        """Screen a vehicle that carries nothing."""
        rules = self._rules(reader)
        found = screened(
            vehicle_case(reader, visit, request.at, rules),
            _empty_weight(reader, visit),
            driven=visit.mode == Mode.ROAD,
        )
        return Screened(tuple(kept(one) for one in found), rules.name, rules.basis)

    def _rules(self, reader: Reader) -> Rules:
        rules = self._room.in_force(reader)
        self._room.keep(rules)
        return rules


def make_judge(settings: Settings, clock: Callable[[], datetime], secret: Callable[[], bytes]) -> LiveJudge:
    """The judge of a terminal."""
    return LiveJudge(RulesRoom(settings, clock), secret)


def vehicle_case(reader: Reader, visit: Visit, as_of: datetime, rules: Rules) -> Case:
    """A vehicle without cargo as a case: its plates, and who drives it."""
    return Case(
        Papers(visit.id, Mode(visit.mode), "", ""),
        CheckContext(
            as_of=as_of,
            sanctions=rules.sanctions,
            watch_list=watching.watched(rules.reference, as_of),
        ),
        Observations(
            gate=_gate_reads([visit]),
            passports=watching.passports_of(reader, [visit]),
            drivers=watching.drivers_of(reader, [visit]),
        ),
        reference=rules.reference,
    )


def _empty_weight(reader: Reader, visit: Visit) -> EmptyWeight:
    """Its last weight without cargo beside the known one: at the way in, or at the way out when nothing was loaded."""
    empty = [w for w in visit.weighings if w.what == "TARE" or (w.what == "OUT" and not visit.aboard)]
    known = tares.known_before(reader, visit)
    return EmptyWeight(
        tares.returns(reader, visit),
        empty[-1].kg if empty else None,
        known.kg if known is not None else None,
    )


def judged(
    reader: Reader, consignment: Consignment, as_of: datetime, rules: Rules, secret: Callable[[], bytes]
) -> Judged:
    """Judge a consignment as ``reader`` knows it, as of a moment, by these rules, every check anew. Writes nothing."""
    return _told(judge(case_of(reader, consignment, as_of, rules, secret)), rules)


def case_of(
    reader: Reader, consignment: Consignment, as_of: datetime, rules: Rules, secret: Callable[[], bytes]
) -> Case:
    """A consignment as ``reader`` knows it, as a case for the checks.

    The random draw is seeded from the installation's secret, so that nobody outside can foresee it and it can be
    repeated; it is off in demo mode.
    """
    seed = None
    if rules.draw:
        seed = hmac.new(secret(), f"draw:{consignment.ref}".encode(), hashlib.sha256).hexdigest()
    office = office_of(rules.reference.offices, consignment.papers.mode.value)
    routing = consignment.routing
    plan, bays = storage.seen_by_checks(reader, consignment, rules.reference)
    context = CheckContext(
        as_of=as_of,
        scales=rules.scales,
        bays=bays,
        open_sscc=_sscc_elsewhere(reader, consignment),
        sanctions=rules.sanctions,
        random_seed=seed,
        extra_indicators=frozenset(one.indicator for one in routing.marks)
        if routing is not None
        else frozenset(),
        recognised_senders=watching.recognised(reader),
        watch_list=watching.watched(rules.reference, as_of),
        history=indicators_of(reader, consignment, brought_by(reader, consignment), as_of),
        past_lanes=past_lanes(reader, consignment, office),
    )
    return Case(
        consignment.papers,
        context,
        observed(reader, consignment, plan),
        imported=consignment.imported,
        headers=tuple(HeaderOf(source, values) for source, values in consignment.headers.items()),
        reference=rules.reference,
    )


def _told(result: Judgement, rules: Rules) -> Judged:
    return Judged(
        tuple(kept(finding) for finding in (*result.findings, *result.cannot_tell)),
        result.decision.value,
        result.lane.value,
        rules.name,
        rules.basis,
        result.choice,
    )


def kept(finding: Finding) -> Finding:
    """The finding in the form in which the journal keeps it and gives it back, so that two runs can be compared.

    A likeness that was computed as a float is written as the decimal text that it prints as.
    """
    facts: dict[str, Any] = _exact(finding.facts)
    return replace(finding, facts=facts)


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return format(Decimal(str(value)), "f")
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return to_plain(value)


def brought_by(reader: Reader, consignment: Consignment) -> list[Visit]:
    """The vehicles that brought a consignment."""
    visits = [v for i in reader.visits_ever_of(consignment.ref) if (v := reader.visit(i)) is not None]
    return [visit for visit in visits if consignment.ref in visit.brought]


def observed(reader: Reader, consignment: Consignment, plan: tuple[Planned, ...] = ()) -> Observations:
    """What the terminal saw of a consignment so far. ``plan`` says where its lines stand."""
    brought = brought_by(reader, consignment)
    units = reader.units_of(consignment.ref)
    emptied = bool(brought) and all(consignment.ref not in visit.carries for visit in brought)
    counted = emptied or consignment.tally is not None
    return Observations(
        gate=_gate_reads(visit for visit in brought if visit.mode != Mode.RAIL),
        wagons=_wagons_read(consignment, brought),
        seals=tuple(
            SealSeen(_target(visit), seal.number, seal.cls, seal.state, visit.since)
            for visit in brought
            for seal in visit.seals_in
        ),
        weighings=(*_vehicle_weights(reader, brought), *_unit_weights(reader, units)),
        scans=_scans(reader, consignment) if counted else (),
        counts=_counted(consignment),
        storage_plan=plan,
        passports=watching.passports_of(reader, brought),
        drivers=watching.drivers_of(reader, brought),
        temperatures=temperatures.temperatures_of(reader, consignment.ref),
        inspections=tuple(
            InspectionSeen(one.method.value, result.value, ", ".join(one.found_at) or None)
            for one in (*consignment.inspections, *(one for visit in brought for one in visit.inspections))
            if (result := one.counted) is not None
        ),
    )


def _gate_reads(visits: Iterable[Visit]) -> tuple[GateRead, ...]:
    return tuple(
        GateRead(visit.since, visit.plate, visit.trailer, device=visit.point)
        for visit in visits
        if visit.plate is not None
    )


def _wagons_read(consignment: Consignment, visits: Iterable[Visit]) -> tuple[WagonRead, ...]:
    """The numbers of the wagons that came; nothing while fewer came than the papers name, for the others are only late."""
    reads = tuple(
        WagonRead(visit.since, visit.plate)
        for visit in visits
        if visit.mode == Mode.RAIL and visit.plate is not None
    )
    named = {number_form(line.wagon) for line in consignment.papers.lines if line.wagon}
    return reads if len({number_form(read.wagon) for read in reads}) >= len(named) else ()


def _scans(reader: Reader, consignment: Consignment) -> tuple[ScanSeen, ...]:
    """The units that were seen, however many; one that repacking made is nothing more than what came."""
    seen = [unit.label for unit in looking.units(reader, consignment.ref) if unit.stage not in _UNSEEN]
    made: frozenset[str] = frozenset()
    if consignment.nested:
        named = labels_of(consignment.papers)
        made = made_here(reader, (label for label in seen if label not in named))
    return tuple(ScanSeen(label) for label in seen if label not in made)


def _counted(consignment: Consignment) -> tuple[CountSeen, ...]:
    """Packages of lines that were counted by hand when the tally was closed."""
    told = consignment.tally.counts if consignment.tally is not None else {}
    return tuple(
        CountSeen(told[str(line.no)], line.no) for line in consignment.papers.lines if str(line.no) in told
    )


def _vehicle_weights(reader: Reader, brought: list[Visit]) -> tuple[WeighingSeen, ...]:
    """Weights of the vehicle that brought this consignment alone; of a shared load nobody can tell whose kg is whose.

    The known tare of the plate, as it stood when the vehicle came, goes with them (WGT-06, and the cargo before unloading).
    """
    rail = bool(brought) and all(visit.mode == "RAIL" for visit in brought)
    if not rail and len(brought) != 1:
        return ()
    return tuple(
        replace(_seen(w, _target(visit)), registered_tare_kg=_known_tare(reader, visit))
        for visit in brought
        if len(visit.brought) == 1
        for w in visit.weighings
        if w.what in ("GROSS", "TARE")
    )


def _known_tare(reader: Reader, visit: Visit) -> Decimal | None:
    tare = tares.known_before(reader, visit)
    day = visit.weighings[0].at.astimezone(TASHKENT).date() if visit.weighings else None
    good = (
        tare is not None and day is not None and (tare.verified_until is None or day <= tare.verified_until)
    )
    return tare.kg if tare is not None and good else None


def _target(visit: Visit) -> str:
    """What the checks call it: a wagon by its number, everything else the vehicle."""
    return f"wagon:{visit.plate}" if visit.mode == "RAIL" and visit.plate else "vehicle"


def _unit_weights(reader: Reader, units: list[Unit]) -> tuple[WeighingSeen, ...]:
    if len(units) > UNITS_WEIGHED:
        return ()
    return tuple(
        _seen(line.weighing, unit.label)
        for unit in units
        if unit.stage not in _UNSEEN
        for line in reader.weighings(limit=1, subject=f"unit:{unit.label}")
    )


def _seen(weighing: Weighing, target: str) -> WeighingSeen:
    return WeighingSeen(weighing.scale, weighing.what, target, weighing.kg, weighing.stable, weighing.at)


def _sscc_elsewhere(reader: Reader, consignment: Consignment) -> tuple[SsccUse, ...]:
    """Labels of these papers that belong to another consignment already (ID-03)."""
    labels = {line.sscc for line in consignment.papers.lines if line.sscc}
    labels |= {unit.sscc for unit in consignment.papers.units if unit.sscc}
    owners = reader.owners_among(labels)
    return tuple(
        SsccUse(label, owners[label]) for label in sorted(owners) if owners[label] != consignment.ref
    )
