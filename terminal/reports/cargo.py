"""The report of one agency or one donor: their consignments and nothing else, and nothing of risk.

An agency reads its own consignments one by one. A donor is told sums by sender and by destination, never vehicles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from terminal.reports.daily import losses
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.movements import TYPES, Movements
from terminal.reports.source import Source
from terminal.reports.times import stays
from terminal.store import spans
from terminal.store.codes import fold
from terminal.store.repacked import Received, made_here, received
from terminal.store.spans import UnitFacts
from terminal.web.i18n import N_
from workflows.seizure_state import Handling
from workflows.stages import ENDED, Stage
from workflows.state import Consignment

_SEEN = frozenset(stage for stage in Stage if stage not in (Stage.PRE_ADVICE, Stage.UNLOAD, Stage.LOST))
_LEFT = frozenset({Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED})


def agency(source: Source) -> Report:
    """The consignments of the organisation ``source.sender``; of its donor ``source.donor`` only, if one is named."""
    moved, mine = _gather(source)
    rows = [_line(source, consignment) for consignment in mine.values()]
    sections = (
        moved.cargo(source, lambda ref: ref in mine),
        moved.consignments(lambda ref: ref in mine, _standing(mine)),
        _lines(rows),
        _losses(source, mine),
    )
    scope = " · ".join(name for name in (source.sender, source.donor) if name)
    return source.report("agency", N_("Agency report"), sections, handling=Handling.AGENCIES, scope=scope)


def donor(source: Source) -> Report:
    """What became of the goods of the donor ``source.donor``, in sums."""
    moved, mine = _gather(source)
    sections = (
        moved.cargo(source, lambda ref: ref in mine),
        moved.consignments(lambda ref: ref in mine, _standing(mine)),
        _sums(
            source, mine, "sender", N_("By sender"), Column("sender", N_("Sender")), lambda c: c.papers.sender
        ),
        _sums(
            source,
            mine,
            "destination",
            N_("By destination"),
            Column("destination", N_("Destination"), "code"),
            lambda c: c.papers.consignee_place or "",
        ),
        _losses(source, mine),
    )
    return source.report(
        "donor", N_("Donor report"), sections, handling=Handling.AGENCIES, scope=source.donor
    )


def _gather(source: Source) -> tuple[Movements, dict[str, Consignment]]:
    """What moved in the days, and the consignments in question: those under way, and those of which something moved."""
    moved, touched = Movements(), set[str]()
    labels = set[str]()
    for entry in source.events(*TYPES):
        moved.take(entry)
        kind, _, name = entry.subject.partition(":")
        if kind == "consignment":
            touched.add(name)
        elif kind == "unit":
            labels.add(name)
    reader = source.reader
    touched |= {one.consignment for one in spans.units_among(reader.connection, labels).values()}
    refs = dict.fromkeys((*spans.consignments_not_ended(reader.connection, ENDED), *sorted(touched)))
    mine = {}
    for ref in refs:
        found = reader.consignment(ref)
        if found is not None and _wanted(source, found):
            mine[ref] = found
    return moved, mine


def _wanted(source: Source, consignment: Consignment) -> bool:
    papers = consignment.papers
    if source.sender and fold(papers.sender) != fold(source.sender):
        return False
    return not source.donor or fold(papers.donor or "") == fold(source.donor)


def _standing(mine: dict[str, Consignment]) -> dict[str, int]:
    return dict(Counter(one.stage.value for one in mine.values()))


def _line(source: Source, one: Consignment) -> tuple[Value, ...]:
    found = stays(source.reader.stages_of(f"consignment:{one.ref}"))
    came = next((stay.start for stay in found if stay.stage is Stage.GATE_IN), None)
    if came is None and one.stage is Stage.GATE_IN:
        came = one.since
    units = spans.units_of(source.reader.connection, one.ref)
    brought = _brought(source, one, units)
    standing = [unit for unit in units if not unit.inside]
    return (
        one.ref,
        one.papers.donor or "",
        one.stage.value,
        came,
        sum(1 for unit in brought.values() if unit.alone),
        sum(
            1 for unit in units if unit.stage in _SEEN and unit.label in brought and brought[unit.label].alone
        ),
        sum(1 for unit in standing if unit.stage in _LEFT),
        sum(1 for unit in standing if unit.stage is Stage.DELIVERED),
        sum((unit.kg for unit in brought.values() if unit.kg is not None), Decimal(0)),
    )


def _brought(source: Source, one: Consignment, units: list[UnitFacts]) -> Mapping[str, Received]:
    """What the sender's units bring, as they come: a pallet that was put together here is none of them."""
    labels = {unit.label for unit in units}
    if one.nested:
        labels -= made_here(source.reader, labels)
    return received(source.reader, labels, {one.ref} if one.nested else ())


def _lines(rows: list[tuple[Value, ...]]) -> Section:
    return Section(
        "list",
        N_("Consignments"),
        (
            Column("ref", N_("Reference"), "code"),
            Column("donor", N_("Donor")),
            Column("stage", N_("Stage"), "word:stage"),
            Column("arrived", N_("Arrived"), "moment"),
            Column("units", N_("Units"), "number"),
            Column("received", N_("Received"), "number"),
            Column("gone", N_("Left"), "number"),
            Column("delivered", N_("Delivered"), "number"),
            Column("gross_kg", N_("Gross"), "t"),
        ),
        tuple(rows),
        nothing=N_("No consignments."),
    )


def _sums(
    source: Source,
    mine: dict[str, Consignment],
    key: str,
    title: str,
    column: Column,
    group: Callable[[Consignment], str],
) -> Section:
    count: Counter[str] = Counter()
    units: Counter[str] = Counter()
    delivered: Counter[str] = Counter()
    kg: dict[str, Decimal] = defaultdict(Decimal)
    for one in mine.values():
        name = group(one)
        count[name] += 1
        facts = spans.units_of(source.reader.connection, one.ref)
        delivered[name] += sum(1 for unit in facts if not unit.inside and unit.stage is Stage.DELIVERED)
        for came in _brought(source, one, facts).values():
            units[name] += came.alone
            kg[name] += came.kg or 0
    return Section(
        key,
        title,
        (
            column,
            Column("consignments", N_("Consignments"), "number"),
            Column("units", N_("Units"), "number"),
            Column("delivered", N_("Delivered"), "number"),
            Column("gross_kg", N_("Gross"), "t"),
        ),
        tuple((name, count[name], units[name], delivered[name], kg[name]) for name in sorted(count)),
        nothing=N_("No consignments."),
    )


def _losses(source: Source, mine: dict[str, Consignment]) -> Section:
    found = spans.losses_between(source.reader.connection, source.span.start, source.span.end)
    return losses(Counter(one.kind for one in found if one.consignment in mine))
