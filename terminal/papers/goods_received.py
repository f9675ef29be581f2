"""The goods received note: what the papers say, what was counted, what is short, too much, or damaged."""

from __future__ import annotations

from terminal.papers.making import Making, NotReady, grouped, label
from terminal.papers.release_note import parties
from terminal.papers.sheet import Block, Figures, Notice, Sheet, Signs, Table
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.stages import Stage
from workflows.state import Consignment, Unit

#: where a unit stands that nobody has seen here
UNSEEN = frozenset({Stage.PRE_ADVICE, Stage.UNLOAD, Stage.LOST})


def make(m: Making, ref: str) -> Sheet:
    """The note of a consignment as counted until now. Raises NotReady when nothing was counted."""
    c = m.consignment(ref)
    units = all_units(m, c.ref)
    seen = [unit for unit in units if unit.stage not in UNSEEN]
    if not seen:
        raise NotReady(N_("Nothing of this consignment was counted yet."))
    short = [unit for unit in units if unit.stage in UNSEEN or unit.condition == "SHORT"]
    surplus = [unit for unit in seen if unit.condition == "SURPLUS"]
    damaged = [unit for unit in seen if unit.condition not in ("GOOD", "SHORT", "SURPLUS")]
    blocks: list[Block] = [
        _state(m, bool(short or surplus or damaged)),
        Figures(
            (
                (m.say(N_("Declared")), m.words.number(len(units) - len(surplus))),
                (m.say(N_("Counted")), m.words.number(len(seen))),
                (m.say(N_("Short")), m.words.number(len(short))),
                (m.say(N_("Surplus")), m.words.number(len(surplus))),
                (m.say(N_("Damaged")), m.words.number(len(damaged))),
            )
        ),
        parties(m, c),
        _lines(m, c, units),
        _odd(m, [*short, *surplus, *damaged]),
        Signs(
            (
                (m.word("role", "tally_clerk"), ""),
                (m.say(N_("For the carrier")), ""),
                (m.word("role", "warehouse_keeper"), ""),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Goods received note")),
        c.ref,
        blocks,
        code=label(HouseKind.CONSIGNMENT, c.ref),
        code_note=c.ref,
    )


def all_units(m: Making, ref: str) -> list[Unit]:
    """Every unit of a consignment, in the order of their labels."""
    found: list[Unit] = []
    while page := m.reader.units_of(ref, found[-1].label if found else None):
        found += page
    return found


def _state(m: Making, odd: bool) -> Notice:
    if odd:
        return Notice("look", m.say(N_("Received with differences")), m.say(N_("They are listed below.")))
    return Notice(
        "go", m.say(N_("Received in full")), m.say(N_("Every declared unit was seen in good condition."))
    )


def _lines(m: Making, c: Consignment, units: list[Unit]) -> Table:
    by_line: dict[int | None, list[Unit]] = {}
    for unit in units:
        by_line.setdefault(unit.line, []).append(unit)
    rows = []
    for line in c.papers.lines:
        mine = by_line.get(line.no, [])
        seen = sum(1 for unit in mine if unit.stage not in UNSEEN)
        rows.append(
            (
                str(line.no),
                line.description,
                line.batch or "",
                m.words.number(line.packages),
                f"{m.words.number(seen)} / {m.words.number(len(mine))}" if mine else "–",
                m.kg(line.gross_kg),
            )
        )
    return Table(
        m.say(N_("Goods as declared")),
        (
            m.say(N_("No.")),
            m.say(N_("Description")),
            m.say(N_("Lot")),
            m.say(N_("Packages")),
            m.say(N_("Units seen")),
            m.say(N_("Gross")),
        ),
        tuple(rows),
        (0.7, 5, 2, 1.4, 1.6, 1.8),
        right=(0, 3, 4, 5),
    )


def _odd(m: Making, units: list[Unit]) -> Table:
    rows = []
    for unit in units:
        missing = unit.stage in UNSEEN
        state = m.say(N_("Not seen")) if missing else m.word("condition", unit.condition)
        rows.append((grouped(unit.label), str(unit.line or ""), state, unit.place or ""))
    return Table(
        m.say(N_("Differences")),
        (m.say(N_("Label")), m.say(N_("No.")), m.say(N_("Condition")), m.say(N_("Place"))),
        tuple(rows),
        (4, 1, 3, 2),
        right=(1,),
        nothing=m.say(N_("None.")),
    )
