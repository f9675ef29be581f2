"""What is to be picked: the units of a release that still stand in the terminal, in the order of their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from workflows import parts
from workflows.ask import Ask
from workflows.outcomes import Missing, Reason
from workflows.stages import Stage
from workflows.state import Consignment, Unit

_TO_PICK = frozenset({Stage.TALLY, Stage.STORAGE, Stage.INSPECT})


class PickState(StrEnum):
    """Where a unit of the list is."""

    TO_PICK = "TO_PICK"
    PICKED = "PICKED"
    LOADED = "LOADED"


@dataclass(frozen=True, slots=True)
class PickLine:
    """One unit of the list."""

    unit: Unit
    state: PickState


def pick_list(consignment: Consignment, units: Iterable[Unit]) -> tuple[PickLine, ...]:
    """Units that both approvals cover and that have not left, those to pick first, in the order of their places.

    Units inside others come with them.
    """
    lines = []
    for unit in units:
        if unit.parent is not None or not parts.released(consignment, unit.label):
            continue
        if unit.stage in _TO_PICK:
            lines.append(PickLine(unit, PickState.TO_PICK))
        elif unit.stage in (Stage.PICK, Stage.LOAD):
            state = PickState.PICKED if unit.stage is Stage.PICK else PickState.LOADED
            lines.append(PickLine(unit, state))
    order = list(PickState)
    return tuple(
        sorted(lines, key=lambda line: (order.index(line.state), line.unit.place or "~", line.unit.label))
    )


def not_on_list(unit: Unit, ask: Ask) -> list[Missing]:
    """Why a unit does not belong to the list that is being worked through (``ask.only``), if there is one."""
    if ask.only is None or unit.consignment == ask.only:
        return []
    facts = {"unit": unit.label, "consignment": unit.consignment, "list": ask.only}
    return [Missing(Reason.NOT_ON_LIST, facts)]
