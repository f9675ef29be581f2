"""The loss and damage act: units that are lost, missing, damaged or too many, with who saw it, when, and what was said."""

from __future__ import annotations

from terminal.papers.goods_received import UNSEEN, all_units
from terminal.papers.making import Making, NotReady, grouped, label
from terminal.papers.release_note import parties
from terminal.papers.sheet import Block, Facts, Figures, Notice, Sheet, Signs, Table, known
from terminal.store.journal import Entry
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.stages import Stage
from workflows.state import Consignment, Unit

_GOOD = "GOOD"


def make(m: Making, name: str) -> Sheet:
    """The act of a consignment (its reference) or of one unit (its label).

    Raises Unknown, and NotReady when nothing is lost or damaged.
    """
    c, units, one = _about(m, name)
    odd = [unit for unit in units if _what(unit, units)]
    if not odd:
        raise NotReady(N_("Nothing of it is lost, missing or damaged, so there is no act."))
    noted = {unit.label: _entry(m, unit) for unit in odd}
    newest = max((entry for entry in noted.values() if entry), key=lambda entry: entry.seq, default=None)
    lost = sum(1 for unit in odd if unit.stage is Stage.LOST)
    missing = sum(1 for unit in odd if unit.stage in UNSEEN and unit.stage is not Stage.LOST)
    blocks: list[Block] = [
        Notice("look", m.say(N_("Loss and damage")), m.say(N_("Noted at the terminal, as listed below."))),
        Figures(
            (
                (m.say(N_("Units")), m.words.number(len(units))),
                (m.say(N_("Lost")), m.words.number(lost)),
                (m.say(N_("Not seen")), m.words.number(missing)),
                (m.say(N_("Damaged or too many")), m.words.number(len(odd) - lost - missing)),
            )
        ),
        parties(m, c),
        *_goods(m, c, one),
        _table(m, c, odd, noted),
        Signs(
            (
                (m.word("role", "tally_clerk"), ""),
                (m.say(N_("For the carrier")), ""),
                (m.say(N_("For the consignee")), ""),
                (m.say(N_("Witness")), ""),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Loss and damage act")),
        grouped(one.label) if one is not None else c.ref,
        blocks,
        code=one.label if one is not None else label(HouseKind.CONSIGNMENT, c.ref),
        code_note=one.label if one is not None else c.ref,
        entry=newest,
    )


def _about(m: Making, name: str) -> tuple[Consignment, list[Unit], Unit | None]:
    """What the act is about: a consignment with all its units, or one of them."""
    unit = m.reader.unit(name)
    if unit is not None:
        return m.consignment(unit.consignment), [unit], unit
    c = m.consignment(name)
    return c, all_units(m, c.ref), None


def _what(unit: Unit, units: list[Unit]) -> bool:
    """True for what an act speaks of; a unit not seen counts once any of its consignment was."""
    if unit.stage is Stage.LOST or unit.condition != _GOOD:
        return True
    return unit.stage in UNSEEN and any(other.stage not in UNSEEN for other in units)


def _entry(m: Making, unit: Unit) -> Entry | None:
    subject = f"unit:{unit.label}"
    if unit.stage is Stage.LOST:
        return m.entry(subject, "StageChanged", where=lambda data: data["stage"] == Stage.LOST.value)
    return m.entry(subject, "DamageNoted", "UnitTallied", "UnitFound")


def _goods(m: Making, c: Consignment, one: Unit | None) -> list[Block]:
    line = next((line for line in c.papers.lines if one is not None and line.no == one.line), None)
    if one is None or line is None:
        return []
    rows = known(
        (m.say(N_("Description")), line.description),
        (m.say(N_("Lot")), line.batch),
        (m.say(N_("Place")), one.place),
        (m.say(N_("Gross")), m.kg(one.gross_kg)),
    )
    return [Facts(rows, m.say(N_("Goods as declared")))]


def _table(m: Making, c: Consignment, odd: list[Unit], noted: dict[str, Entry | None]) -> Table:
    described = {line.no: line.description for line in c.papers.lines}
    rows = []
    for number, unit in enumerate(odd, 1):
        entry = noted[unit.label]
        said = str(entry.data.get("note", "")) if entry is not None else ""
        rows.append(
            (
                str(number),
                grouped(unit.label),
                described.get(unit.line or 0, ""),
                _state(m, unit),
                m.kg(unit.gross_kg),
                " ".join((m.words.datetime(entry.at), m.name(entry.who))) if entry is not None else "",
                said,
                str(entry.seq) if entry is not None else "",
            )
        )
    head = (
        N_("No."),
        N_("Label"),
        N_("Description"),
        N_("Condition"),
        N_("Gross"),
        N_("Seen by"),
        N_("Remark"),
        N_("Journal entry"),
    )
    return Table(
        m.say(N_("What was noted")),
        tuple(map(m.say, head)),
        tuple(rows),
        (0.6, 2.5, 2.3, 1.5, 1.6, 2.1, 1.6, 1.2),
        right=(0, 4, 7),
    )


def _state(m: Making, unit: Unit) -> str:
    if unit.stage is Stage.LOST:
        return m.word("stage", Stage.LOST.value)
    return m.say(N_("Not seen")) if unit.stage in UNSEEN else m.word("condition", unit.condition)
