"""Folding links, handovers and receipts into visits and units."""

from __future__ import annotations

from dataclasses import replace

from workflows import events_handover as eh
from workflows.event_base import Event
from workflows.handover_state import Found
from workflows.stages import Stage
from workflows.state import Unit, Visit

#: where a unit stands after its receipt
STAGE_OF = {Found.RECEIVED: Stage.DELIVERED, Found.DAMAGED: Stage.DELIVERED, Found.SHORT: Stage.LOST}


def unit(before: Unit, event: Event) -> Unit:
    """The unit after ``event``; as it was for an event of another kind."""
    match event:
        case eh.UnitHandedOver(found=found, condition=condition):
            kept = before.condition if found is Found.SHORT else condition
            return replace(before, stage=STAGE_OF[found], condition=kept)
        case _:
            return before


def visit(before: Visit, event: Event) -> Visit:
    """The visit after ``event``; as it was for an event of another kind."""
    match event:
        case eh.HandoverLinkIssued(link=link):
            return replace(before, links=(*before.links, link))
        case eh.HandoverLinkEnded(code=code, why=why, at=at, note=note):
            ended = tuple(
                replace(one, ended_at=at, ended_for=why, note=note) if one.code == code else one
                for one in before.links
            )
            return replace(before, links=ended)
        case eh.HandoverRecorded(handover=handover):
            return replace(before, handovers=(*before.handovers, handover))
        case _:
            return before
