"""The weighing ticket: every weight of one vehicle with what makes it evidence."""

from __future__ import annotations

from terminal.papers.loading_list import vehicle
from terminal.papers.making import Making, NotReady, label, plate_of
from terminal.papers.sheet import Block, Figures, Sheet, Signs, Table
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.state import Visit, Weighing
from workflows.weights import latest, superseded


def make(m: Making, identity: str) -> Sheet:
    """The ticket of a vehicle. Raises NotReady when it was not weighed."""
    visit = m.visit(identity)
    if not visit.weighings:
        raise NotReady(N_("This vehicle was not weighed yet."))
    gone = superseded(visit)
    blocks: list[Block] = [
        _figures(m, visit),
        vehicle(m, visit),
        Table(
            m.say(N_("Weights")),
            (
                m.say(N_("Time")),
                m.say(N_("Kind")),
                m.say(N_("Weight")),
                m.say(N_("Scale")),
                m.say(N_("Verified until")),
                m.say(N_("Operator")),
                m.say(N_("On the display")),
            ),
            tuple(_row(m, one, replaced=at in gone) for at, one in enumerate(visit.weighings)),
            (2.4, 1.4, 1.8, 2, 1.8, 2.2, 2),
            right=(2,),
        ),
        *_typed(m, [one for one in visit.weighings if one.typed]),
        Signs(((m.word("role", "weighbridge_operator"), ""), (m.say(N_("Driver")), ""))),
    ]
    return m.sheet(
        m.say(N_("Weighing ticket")),
        plate_of(visit),
        blocks,
        code=label(HouseKind.VISIT, visit.id),
        code_note=visit.id,
        entry=m.entry(f"visit:{visit.id}", "VisitWeighed"),
    )


def _figures(m: Making, visit: Visit) -> Figures:
    rows = []
    for what, name in (("GROSS", N_("Gross")), ("TARE", N_("Tare")), ("OUT", N_("Leaving"))):
        if (weighing := latest(visit, what)) is not None:
            rows.append((m.say(name), m.words.kg(weighing.kg)))
    out, tare = latest(visit, "OUT"), latest(visit, "TARE")
    if out is not None and tare is not None:
        rows.append((m.say(N_("Net loaded here")), m.words.kg(out.kg - tare.kg)))
    return Figures(tuple(rows))


def _row(m: Making, one: Weighing, *, replaced: bool) -> tuple[str, ...]:
    """One weight; one that was taken again says that the later one counts, and why it was taken."""
    kind = m.word("weighing", one.what)
    if one.axle is not None:
        kind = f"{kind} {one.axle.place}/{len(one.axle.layout)}"
    if replaced:
        kind = f"{kind}. {m.say(N_('Replaced by a later one'))}"
    shown = f"{one.value_text} {one.unit_text}".strip()
    return (
        m.words.datetime(one.at),
        kind,
        m.words.kg(one.kg),
        one.scale,
        m.words.date(one.verified_until) if one.verified_until else "",
        m.name(one.operator),
        m.say(N_("typed by hand")) if one.typed else shown,
    )


def _typed(m: Making, typed: list[Weighing]) -> list[Block]:
    if not typed:
        return []
    rows = tuple(
        (m.words.datetime(one.at), m.words.kg(one.kg), m.name(one.confirmed_by), one.note) for one in typed
    )
    head = (m.say(N_("Time")), m.say(N_("Weight")), m.say(N_("Second person")), m.say(N_("Why")))
    return [Table(m.say(N_("Typed by hand")), head, rows, (2.4, 2, 3, 4), right=(1,))]
