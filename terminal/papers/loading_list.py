"""The loading list: every unit that stands on one vehicle, with what it weighs."""

from __future__ import annotations

from decimal import Decimal

from terminal.papers.making import Making, NotReady, grouped, label, plate_of
from terminal.papers.sheet import Block, Facts, Figures, Prose, Sheet, Signs, Table, known
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.state import Unit, Visit


def make(m: Making, identity: str) -> Sheet:
    """The list of a vehicle. Raises NotReady when nothing is on board."""
    visit = m.visit(identity)
    units = _units(m, visit)
    if not visit.aboard:
        raise NotReady(N_("Nothing is on board of this vehicle."))
    total = sum((unit.gross_kg or Decimal(0) for unit in units), Decimal(0))
    blocks: list[Block] = [
        Figures(
            (
                (m.say(N_("Units")), m.words.number(len(units))),
                (m.say(N_("Gross")), m.words.kg(total)),
                (m.say(N_("Consignments")), m.words.number(len(visit.aboard))),
            )
        ),
        vehicle(m, visit),
        _table(m, units, total),
    ]
    if visit.carries:
        said = m.say(N_("On board as it came, under its seal, not counted here: %(consignments)s."))
        blocks.append(Prose(said % {"consignments": ", ".join(visit.carries)}))
    blocks.append(
        Signs(
            (
                (m.word("role", "tally_clerk"), ""),
                (m.say(N_("Driver")), ""),
                (m.say(N_("For the consignee")), ""),
            )
        )
    )
    return m.sheet(
        m.say(N_("Loading list")),
        plate_of(visit),
        blocks,
        code=label(HouseKind.VISIT, visit.id),
        code_note=visit.id,
    )


def vehicle(m: Making, visit: Visit) -> Facts:
    """The vehicle and its seals."""
    return Facts(
        known(
            (m.say(N_("Plate")), visit.plate or visit.expected_plate),
            (m.say(N_("Trailer")), visit.trailer),
            (m.say(N_("Mode")), m.word("mode", visit.mode)),
            (m.say(N_("Seals")), ", ".join(seal.number for seal in visit.seals)),
            (m.say(N_("On board")), ", ".join(visit.aboard)),
            (m.say(N_("Visit")), visit.id),
        ),
        m.say(N_("Vehicle")),
    )


def _units(m: Making, visit: Visit) -> list[Unit]:
    found: list[Unit] = []
    while page := m.reader.units_on(visit.id, found[-1].label if found else None):
        found += page
    return sorted(found, key=lambda unit: (unit.consignment, unit.line or 0, unit.label))


def _table(m: Making, units: list[Unit], total: Decimal) -> Table:
    descriptions = {
        (ref, line.no): line.description
        for ref in {unit.consignment for unit in units}
        if (found := m.reader.consignment(ref)) is not None
        for line in found.papers.lines
    }
    rows = tuple(
        (
            str(number),
            grouped(unit.label),
            unit.consignment,
            descriptions.get((unit.consignment, unit.line or 0), ""),
            m.word("condition", unit.condition),
            m.kg(unit.gross_kg),
        )
        for number, unit in enumerate(units, 1)
    )
    return Table(
        m.say(N_("Units on board")),
        (
            "",
            m.say(N_("Label")),
            m.say(N_("Consignment")),
            m.say(N_("Description")),
            m.say(N_("Condition")),
            m.say(N_("Gross")),
        ),
        rows,
        (0.7, 3.7, 2.4, 3.4, 1.5, 1.8),
        right=(0, 5),
        total=("", m.say(N_("Total")), "", "", "", m.words.kg(total)) if rows else (),
        nothing=m.say(N_("No unit was loaded here.")),
    )
