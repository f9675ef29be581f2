"""Rules of the handover at Hairatan: who may send one, what it must say, and what follows from it.

A receiver has no account. A link that the terminal signed, or the sheet that went with the driver, stands for the
right to hand over the load of one vehicle, once. Sending the same again changes nothing. Saying otherwise later is a
correction: a second statement with a reason, beside the first. A link must speak of everything on the manifest;
paper and files may speak of a part, and the rest stays on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from workflows import crossing
from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events import StageChanged
from workflows.events_handover import (
    HandoverLinkEnded,
    HandoverLinkIssued,
    HandoverRecorded,
    UnitHandedOver,
)
from workflows.evolve_handover import STAGE_OF
from workflows.handover_state import Found, Handover, HandoverLink, Item, LinkEnd, Receipt, Surplus, Via
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.parts import TAKEN
from workflows.release import vehicle_stopped
from workflows.roles import RIGHTS, STEP_ROLES, Actor, Right
from workflows.stages import Stage
from workflows.state import Consignment, Visit

#: a link lives for so long unless the configuration says otherwise
LIFETIME = timedelta(days=14)
#: photographs of one handover, and things that stand on no manifest
MOST_PHOTOS, MOST_SURPLUS = 24, 50
#: a vehicle at one of these may get a link: what it carries is closed
LINKED: frozenset[Stage] = frozenset(
    {Stage.SEAL, Stage.WEIGH_OUT, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF}
)
#: what a damaged unit can be
CONDITIONS: frozenset[str] = frozenset({"WET", "TORN", "CRUSHED", "OPENED", "LEAKING", "INFESTED", "MOULD"})


def receiver(code: str) -> Actor:
    """Whoever holds the link of that code: may hand over, and nothing else."""
    return Actor(f"receiver:{code}", steps=frozenset({Stage.DELIVERED}), is_device=True)


# --- links ----------------------------------------------------------------------------------------------
def good_link(visit: Visit, at: datetime) -> HandoverLink | None:
    """The link of this vehicle that is good at that time."""
    return next((one for one in reversed(visit.links) if one.good_at(at)), None)


def issue_link(visit: Visit, code: str, lifetime: timedelta, ask: Ask) -> Outcome:
    """Hand out a link for what this vehicle carries over; one that was good until now is replaced."""
    if not ask.who.may(Right.ISSUE_GATEPASS):
        who = RIGHTS[Right.ISSUE_GATEPASS]
        return refuse(Reason.NOT_PERMITTED, who=who, step="handover_link", person=ask.who.id)
    if not visit.aboard:
        return refuse(Reason.INVALID, field="load", step="handover_link")
    if visit.stage not in LINKED:
        return refuse(Reason.WRONG_STAGE, visit=visit.id, stage=visit.stage.value, step="handover_link")
    subject = f"visit:{visit.id}"
    standing = good_link(visit, ask.at)
    gone = (HandoverLinkEnded(subject, standing.code, LinkEnd.REPLACED, ask.at),) if standing else ()
    link = HandoverLink(code, ask.who.id, ask.at, ask.at + lifetime)
    return Accepted((*gone, HandoverLinkIssued(subject, link)))


def end_link(visit: Visit, ask: Ask) -> Outcome:
    """Take the link of this vehicle back; a reason is kept with it."""
    if not ask.who.may(Right.ISSUE_GATEPASS):
        who = RIGHTS[Right.ISSUE_GATEPASS]
        return refuse(Reason.NOT_PERMITTED, who=who, step="handover_link", person=ask.who.id)
    standing = good_link(visit, ask.at)
    if standing is None:
        return AlreadyDone({"visit": visit.id})
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="handover_link")
    ended = HandoverLinkEnded(
        f"visit:{visit.id}", standing.code, LinkEnd.TAKEN_BACK, ask.at, ask.note.strip()
    )
    return Accepted((ended,))


def link_refused(visit: Visit | None, code: str, at: datetime) -> Refused | None:
    """Why the link of that code is worth nothing now; None when it is good."""
    link = next((one for one in visit.links if one.code == code), None) if visit is not None else None
    if visit is None or link is None:
        return refuse(Reason.HANDOVER_LINK_NOT_GOOD, why="unknown")
    if link.ended_for is not None:
        return refuse(Reason.HANDOVER_LINK_NOT_GOOD, why="taken_back", ended_for=link.ended_for.value)
    if at >= link.expires_at:
        return refuse(Reason.HANDOVER_LINK_NOT_GOOD, why="over", expires_at=link.expires_at.isoformat())
    return None


# --- the statement --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Statement:
    """What a receiver says: receipts, what was too much, who received it, and the signature."""

    via: Via
    name: str
    receipts: tuple[Receipt, ...]
    surplus: tuple[Surplus, ...] = ()
    note: str = ""
    place: str = ""
    signature: str | None = None
    photos: tuple[str, ...] = ()
    done_at: datetime | None = None
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """The vehicle's manifest, the consignments on it, and where else units of theirs are.

    ``elsewhere``: reference -> stages of its units that are not on this vehicle (what another vehicle carried through
    without labels counts with that vehicle's stage, and as delivered once it was received).
    ``found_elsewhere``: reference -> what was found of it on other vehicles.
    """

    items: tuple[Item, ...]
    aboard: tuple[Consignment, ...] = ()
    elsewhere: Mapping[str, tuple[Stage, ...]] = field(default_factory=dict)
    found_elsewhere: Mapping[str, frozenset[Found]] = field(default_factory=dict)


def receive(visit: Visit, load: Load, said: Statement, identity: str, ask: Ask) -> Outcome:
    """Take a receiver's statement, or say everything that is wrong with it."""
    if not ask.who.may_step(Stage.DELIVERED):
        who = STEP_ROLES[Stage.DELIVERED]
        return refuse(Reason.NOT_PERMITTED, who=who, step=Stage.DELIVERED.value, person=ask.who.id)
    missing = _not_on_its_way(visit)
    known = {item.id: item for item in load.items}
    missing += _unclear(said, known)
    told = crossing.receipts(visit.handovers)
    new = tuple(one for one in said.receipts if one.item not in told or told[one.item].told != one.told)
    again = [one for one in new if _found_again(one, known, told)]
    changed = [one for one in new if one.item in told] + again
    fresh_surplus = tuple(
        one for one in said.surplus if not any(one in earlier.surplus for earlier in visit.handovers)
    )
    if not missing and not new and not fresh_surplus and visit.handovers:
        return AlreadyDone({"visit": visit.id, "handover": visit.handovers[-1].id})
    late_surplus = fresh_surplus and visit.handovers and not new
    if (changed or late_surplus) and not (said.correction and said.note.strip()):
        for one in again:
            lost = {"unit": one.item, "stage": Stage.LOST.value, "step": Stage.DELIVERED.value}
            missing.append(Missing(Reason.WRONG_STAGE, lost, STEP_ROLES[Stage.DELIVERED]))
        if visit.handovers:
            facts = {"visit": visit.id, "count": len(changed), "at": visit.handovers[-1].at.isoformat()}
            missing.append(Missing(Reason.ALREADY_HANDED_OVER, facts, STEP_ROLES[Stage.DELIVERED]))
    if said.via is Via.LINK:
        missing += _incomplete(said, known, told)
    if missing:
        return Refused(tuple(missing))
    handover = Handover(
        identity,
        ask.at,
        ask.who.id,
        said.via,
        said.name.strip(),
        new,
        fresh_surplus,
        said.note.strip(),
        said.place.strip(),
        said.signature,
        said.photos,
        said.done_at,
        bool(changed or late_surplus),
    )
    return Accepted(tuple(_events(visit, load, handover)))


def _found_again(receipt: Receipt, known: Mapping[str, Item], told: Mapping[str, Receipt]) -> bool:
    """True for something that was reported lost before anybody received it and now is said to be there."""
    item = known.get(receipt.item)
    lost = item is not None and item.labelled and item.stage is Stage.LOST and receipt.item not in told
    return lost and receipt.found is not Found.SHORT


def _not_on_its_way(visit: Visit) -> list[Missing]:
    """A handover is taken once the vehicle is out, and corrected when its trip is over; a stopped one crosses nothing."""
    if visit.stage in crossing.ON_TRIP:
        return [] if visit.stage is Stage.ARRIVED_AF else vehicle_stopped(visit, Stage.BORDER_EXIT)
    if visit.stage is Stage.CLOSED and visit.handovers:
        return []
    facts = {"visit": visit.id, "stage": visit.stage.value, "step": Stage.DELIVERED.value, "check": "PRC-03"}
    return [Missing(Reason.WRONG_STAGE, facts)]


def _unclear(said: Statement, known: Mapping[str, Item]) -> list[Missing]:
    missing = []
    if len(said.name.strip()) < 2:
        missing.append(Missing(Reason.INVALID, {"field": "name"}))
    if said.via is Via.LINK and said.signature is None:
        missing.append(Missing(Reason.INVALID, {"field": "signature"}))
    if not said.receipts and not said.surplus:
        missing.append(Missing(Reason.INVALID, {"field": "units"}))
    if len(said.surplus) > MOST_SURPLUS or any(one.count < 1 or not one.what.strip() for one in said.surplus):
        missing.append(Missing(Reason.INVALID, {"field": "surplus"}))
    photos = len(said.photos) + sum(len(one.photos) for one in said.receipts)
    if photos > MOST_PHOTOS:
        missing.append(Missing(Reason.FILE_NOT_TAKEN, {"why": "too_many", "name": str(photos)}))
    seen: set[str] = set()
    for receipt in said.receipts:
        if receipt.item not in known or receipt.item in seen:
            missing.append(Missing(Reason.NOT_ON_MANIFEST, {"unit": receipt.item[:80]}))
        elif known[receipt.item].stage in TAKEN - {Stage.LOST}:  # an authority has it
            facts = {"unit": receipt.item, "stage": known[receipt.item].stage.value, "step": "DELIVERED"}
            missing.append(Missing(Reason.WRONG_STAGE, facts))
        seen.add(receipt.item)
        if receipt.found is Found.SHORT and receipt.why is None:
            missing.append(Missing(Reason.REASON_NEEDED, {"unit": receipt.item, "step": "SHORT"}))
        damaged = receipt.found is Found.DAMAGED
        if damaged and receipt.condition not in CONDITIONS:
            missing.append(Missing(Reason.REASON_NEEDED, {"unit": receipt.item, "step": "DAMAGED"}))
    return missing


def _incomplete(said: Statement, known: Mapping[str, Item], told: Mapping[str, Receipt]) -> list[Missing]:
    spoken_of = {one.item for one in said.receipts} | set(told)
    left = [name for name, item in known.items() if name not in spoken_of and item.stage not in TAKEN]
    return [Missing(Reason.UNITS_NOT_MARKED, {"count": len(left), "units": left[:20]})] if left else []


def _events(visit: Visit, load: Load, handover: Handover) -> list[Event]:
    events = crossing.vehicle_events(visit, load.items, Stage.ARRIVED_AF, "handover")
    arrived = visit.stage in crossing.ON_TRIP
    known = {item.id: item for item in load.items}
    after: dict[str, Stage] = {}
    for item in load.items:
        moved = arrived and (item.stage is visit.stage or not item.labelled)
        after[item.id] = Stage.ARRIVED_AF if moved else item.stage
    for receipt in handover.receipts:
        item = known[receipt.item]
        if item.labelled:
            events.append(_unit_event(visit, item, after[item.id], receipt))
        after[item.id] = STAGE_OF[receipt.found]
    events.append(HandoverRecorded(f"visit:{visit.id}", handover))
    receipts = crossing.receipts((*visit.handovers, handover))
    for item in load.items:  # what has no label of its own keeps no stage: its receipt says where it is
        if not item.labelled and item.id in receipts:
            after[item.id] = STAGE_OF[receipts[item.id].found]
    for consignment in load.aboard:
        mine = [item for item in load.items if item.consignment == consignment.ref]
        stages = [after[item.id] for item in mine] + list(load.elsewhere.get(consignment.ref, ()))
        found = frozenset(receipts[item.id].found for item in mine if item.id in receipts)
        found |= load.found_elsewhere.get(consignment.ref, frozenset())
        events += crossing.consignment_events(consignment, stages, visit.id, found)
    counted = crossing.trip(load.items, (*visit.handovers, handover))
    if counted.over and arrived:
        events.append(StageChanged(f"visit:{visit.id}", Stage.ARRIVED_AF, Stage.CLOSED, note="handover"))
    return events


def _unit_event(visit: Visit, item: Item, start: Stage, receipt: Receipt) -> UnitHandedOver:
    condition = receipt.condition if receipt.found is Found.DAMAGED else item.condition
    return UnitHandedOver(
        f"unit:{item.id}",
        start,
        receipt.found,
        visit.id,
        item.consignment,
        condition,
        receipt.why,
        receipt.note,
    )


def all_received(items: tuple[Item, ...], told: Mapping[str, Receipt]) -> tuple[Receipt, ...]:
    """Receipts that say of everything not spoken of yet that it came as it was loaded.

    Not of what was reported lost or an authority took: that comes back by nobody's silence.
    """
    return tuple(
        Receipt(item.id, Found.RECEIVED)
        for item in items
        if item.id not in told and not (item.labelled and item.stage in TAKEN)
    )


def plain(receipt: Receipt) -> Receipt:
    """A receipt without what does not belong to its kind: a reason stays with what is short, a condition with damage."""
    match receipt.found:
        case Found.SHORT:
            return replace(receipt, condition="GOOD")
        case Found.DAMAGED:
            return replace(receipt, why=None)
        case _:
            return replace(receipt, why=None, condition="GOOD")
