"""The driver's slip: a symbol that every station knows the vehicle by, and the way through the terminal."""

from __future__ import annotations

from terminal.papers.making import Making, label, plate_of
from terminal.papers.sheet import Block, Facts, Figures, Prose, Sheet, Table, known
from terminal.web.i18n import N_
from workflows.identifiers.house import HouseKind
from workflows.stages import Stage
from workflows.state import Visit
from workflows.tracking import grouped

_UNLOADING = (Stage.GATE_IN, Stage.WEIGH_IN, Stage.UNLOAD, Stage.WEIGH_IN, Stage.WEIGH_OUT, Stage.GATE_OUT)
_LOADING = (Stage.GATE_IN, Stage.WEIGH_IN, Stage.LOAD, Stage.SEAL, Stage.WEIGH_OUT, Stage.GATE_OUT)

_WHAT = {
    Stage.GATE_IN: N_("Show papers and seals at the gate. Leave the engine off while they are read."),
    Stage.WEIGH_IN: N_("Drive onto the weighbridge, brakes on, nobody in the cabin or on the platform."),
    Stage.UNLOAD: N_("Wait until you are called to the dock. Do not open the seal yourself."),
    Stage.LOAD: N_("Wait until you are called to the dock. Stay outside the loading area."),
    Stage.SEAL: N_("Be there when the seal is put on, and compare its number with the papers."),
    Stage.WEIGH_OUT: N_("Drive onto the weighbridge again. Do not open the load afterwards."),
    Stage.GATE_OUT: N_("Show this slip and the gate pass. Leave only when the light is green."),
}


def make(m: Making, identity: str) -> Sheet:
    """The slip of a vehicle. It names no person: it is for whoever drives."""
    visit = m.visit(identity)
    blocks: list[Block] = [
        Figures(
            (
                (m.say(N_("Plate")), plate_of(visit)),
                *(((m.say(N_("Trailer")), visit.trailer),) if visit.trailer else ()),
            )
        ),
        Facts(
            known(
                (m.say(N_("Brought")), ", ".join(visit.brought)),
                (m.say(N_("Visit")), visit.id),
                (m.say(N_("Where it stands")), m.word("stage", visit.stage.value)),
                (m.say(N_("Place")), visit.point),
                (m.say(N_("Dock")), visit.dock),
                (m.say(N_("Tracking code")), grouped(visit.tracking) if visit.tracking else None),
            )
        ),
        _way(m, visit),
        Prose(
            m.say(
                N_("Five kilometres an hour. Vest and helmet outside the cabin. No smoking. No photographs.")
            ),
            m.say(N_("In the terminal")),
        ),
        Prose(m.say(N_("Carry nothing for strangers. Whoever asks you to: tell the gate."))),
        Prose(
            m.say(
                N_(
                    "Treated wrongly? Say so at any desk: you get a number for your complaint, and an answer within fifteen days."
                )
            )
        ),
    ]
    return m.sheet(
        m.say(N_("Driver's slip")),
        plate_of(visit),
        blocks,
        code=symbol_of(visit),
        code_note=m.say(N_("Show this symbol at every station.")),
        large=True,
    )


def symbol_of(visit: Visit) -> str:
    """The text of the symbol that every station knows the vehicle by."""
    return label(HouseKind.VISIT, visit.id)


def way_of(visit: Visit) -> tuple[tuple[str, str], ...]:
    """The steps of its way with what to do at each (an English message id)."""
    way = _UNLOADING if visit.brought and not visit.loaded else _LOADING
    return tuple((stage.value, _WHAT[stage]) for stage in way)


def _way(m: Making, visit: Visit) -> Table:
    rows = tuple(
        (str(number), m.word("stage", stage), m.say(what))
        for number, (stage, what) in enumerate(way_of(visit), 1)
    )
    return Table(
        m.say(N_("Your way")),
        ("", m.say(N_("Step")), m.say(N_("What to do"))),
        rows,
        (0.6, 2.6, 7),
        right=(0,),
    )
