"""Stages and the legal moves between them: the file to open first.

A step is named by the stage it leads to (``Stage.LOAD`` is the step "load" and the stage "loaded"), as in
stages_epcis.csv. Three things move, each by its own table below; nothing about moves may live elsewhere.
Holds are not stages: a thing is somewhere *and* may be held.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    """Where a consignment, a handling unit or a visit is; also the name of the step that leads there."""

    PRE_ADVICE = "PRE_ADVICE"
    GATE_IN = "GATE_IN"
    WEIGH_IN = "WEIGH_IN"
    DOC_CHECK = "DOC_CHECK"
    RISK = "RISK"
    UNLOAD = "UNLOAD"
    TALLY = "TALLY"
    INSPECT = "INSPECT"
    SAMPLE = "SAMPLE"
    STORAGE = "STORAGE"
    CUSTOMS_RELEASE = "CUSTOMS_RELEASE"
    RELEASE = "RELEASE"
    PICK = "PICK"
    LOAD = "LOAD"
    SEAL = "SEAL"
    WEIGH_OUT = "WEIGH_OUT"
    GATE_OUT = "GATE_OUT"
    BORDER_EXIT = "BORDER_EXIT"
    ARRIVED_AF = "ARRIVED_AF"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    SEIZED = "SEIZED"
    DESTROYED = "DESTROYED"
    LOST = "LOST"


Step = Stage
Moves = Mapping[Stage, frozenset[Stage]]


def _moves(**table: str) -> Moves:
    return {Stage(start): frozenset(Stage(word) for word in ends.split()) for start, ends in table.items()}


#: The legal and logistic spine. GATE_IN comes from the first visit that carries it, GATE_OUT ... DELIVERED from its
#: last unit; the rest are decisions of people. LOST can be reported from any stage before delivery.
CONSIGNMENT: Moves = _moves(
    PRE_ADVICE="GATE_IN LOST",
    GATE_IN="DOC_CHECK REJECTED SEIZED LOST",
    DOC_CHECK="RISK REJECTED SEIZED LOST",
    RISK="INSPECT CUSTOMS_RELEASE REJECTED SEIZED DESTROYED LOST",
    INSPECT="INSPECT SAMPLE RISK CUSTOMS_RELEASE REJECTED SEIZED DESTROYED LOST",
    SAMPLE="INSPECT SEIZED LOST",
    CUSTOMS_RELEASE="RELEASE RISK INSPECT REJECTED SEIZED DESTROYED LOST",
    RELEASE="GATE_OUT RISK INSPECT REJECTED SEIZED DESTROYED LOST",
    GATE_OUT="BORDER_EXIT LOST",
    BORDER_EXIT="ARRIVED_AF LOST",
    ARRIVED_AF="DELIVERED LOST",
    DELIVERED="CLOSED",
    REJECTED="CLOSED",
    SEIZED="DESTROYED CLOSED",
    DESTROYED="CLOSED",
    LOST="CLOSED",
)

#: One thing with one label. PRE_ADVICE = declared on the papers, not yet seen.
UNIT: Moves = _moves(
    PRE_ADVICE="UNLOAD TALLY LOST",
    UNLOAD="TALLY LOST",
    TALLY="STORAGE INSPECT PICK LOAD REJECTED SEIZED DESTROYED LOST",
    STORAGE="STORAGE INSPECT PICK LOAD REJECTED SEIZED DESTROYED LOST",
    INSPECT="STORAGE SAMPLE PICK LOAD REJECTED SEIZED DESTROYED LOST",
    SAMPLE="INSPECT STORAGE DESTROYED",
    PICK="LOAD STORAGE SEIZED LOST",
    LOAD="UNLOAD GATE_OUT SEIZED LOST",
    GATE_OUT="BORDER_EXIT LOST",
    BORDER_EXIT="ARRIVED_AF LOST",
    ARRIVED_AF="DELIVERED LOST",
    SEIZED="DESTROYED",
)

#: One vehicle at the terminal: truck, wagon, aircraft, barge. A vehicle that leaves empty needs no seal;
#: one whose load stays on board under its seal may go from WEIGH_IN to SEAL without unloading.
VISIT: Moves = _moves(
    PRE_ADVICE="GATE_IN",
    GATE_IN="WEIGH_IN UNLOAD",
    WEIGH_IN="UNLOAD LOAD SEAL WEIGH_OUT",
    UNLOAD="LOAD WEIGH_OUT",
    LOAD="SEAL UNLOAD WEIGH_OUT",
    SEAL="WEIGH_OUT LOAD",
    WEIGH_OUT="GATE_OUT WEIGH_OUT LOAD SEAL",
    GATE_OUT="BORDER_EXIT",
    BORDER_EXIT="ARRIVED_AF",
    ARRIVED_AF="CLOSED",
)

#: Consignment stages in which goods may be opened, unloaded and counted: papers seen and screened.
OPENED: frozenset[Stage] = frozenset(
    {Stage.RISK, Stage.INSPECT, Stage.SAMPLE, Stage.CUSTOMS_RELEASE, Stage.RELEASE}
)

#: Steps that take goods towards the gate. A hold blocks these unless it says otherwise.
OUTWARD: frozenset[Stage] = frozenset(
    {
        Stage.CUSTOMS_RELEASE,
        Stage.RELEASE,
        Stage.PICK,
        Stage.LOAD,
        Stage.SEAL,
        Stage.GATE_OUT,
        Stage.BORDER_EXIT,
    }
)

#: Stages nothing leaves except by the table: the thing is no longer ours to move.
ENDED: frozenset[Stage] = frozenset(
    {Stage.CLOSED, Stage.REJECTED, Stage.SEIZED, Stage.DESTROYED, Stage.LOST, Stage.DELIVERED}
)


def allowed(table: Moves, start: Stage, step: Step) -> bool:
    """True when ``table`` lets a thing at ``start`` take ``step``."""
    return step in table.get(start, frozenset())
