"""The seal record: seals as they came and as they were put on, with class and state."""

from __future__ import annotations

from terminal.papers.loading_list import vehicle
from terminal.papers.making import Making, NotReady, label, plate_of
from terminal.papers.sheet import Block, Sheet, Signs, Table
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.stages import Stage
from workflows.state import Seal


def make(m: Making, identity: str) -> Sheet:
    """The record of a vehicle. Raises NotReady when no seal was seen or put on."""
    visit = m.visit(identity)
    if not (visit.seals or visit.seals_in):
        raise NotReady(N_("No seal of this vehicle was recorded yet."))
    sealed = [
        entry for entry in m.reader.history(f"visit:{visit.id}", limit=1000) if entry.type == "VisitSealed"
    ]
    put_on = sealed[0] if sealed else None
    when = m.words.datetime(put_on.at) if put_on else ""
    who = m.name(put_on.who) if put_on else ""
    left = visit.stage not in (Stage.PRE_ADVICE, Stage.GATE_IN, Stage.WEIGH_IN) and put_on is not None
    blocks: list[Block] = [
        vehicle(m, visit),
        _table(m, m.say(N_("As it came")), visit.seals_in, "", ""),
        _table(m, m.say(N_("Put on here")), visit.seals if left else (), when, who),
        Signs(
            (
                (m.say(N_("Put on by")), who),
                (m.word("role", "customs_inspector"), ""),
                (m.say(N_("Driver")), ""),
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Seal record")),
        plate_of(visit),
        blocks,
        code=label(HouseKind.VISIT, visit.id),
        code_note=visit.id,
        entry=put_on,
    )


def _table(m: Making, heading: str, seals: tuple[Seal, ...], when: str, who: str) -> Table:
    return Table(
        heading,
        (
            m.say(N_("Seal number")),
            m.say(N_("Seal class")),
            m.say(N_("Seal state")),
            m.say(N_("Time")),
            m.say(N_("Put on by")),
        ),
        tuple((seal.number, seal.cls or "", m.word("seal_state", seal.state), when, who) for seal in seals),
        (3, 1.6, 2, 2.4, 2.6),
        nothing=m.say(N_("None.")),
    )
