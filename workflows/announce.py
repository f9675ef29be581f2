"""Rules of announcing: a draft is kept and changed by its organisation, submitted once, or withdrawn; and two lists.

A draft opens no checks and no holds: papers can be added until it is submitted. Submitting is the pre-advice of the
consignment and expects its vehicles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from workflows.announce_state import (
    KINDS,
    Announcement,
    Needs,
    Organisation,
    Priority,
    SentPaper,
    Standing,
    Truck,
    Window,
)
from workflows.arrivals import Hours, window_refused
from workflows.ask import Ask
from workflows.events import Event, StageChanged, VisitAnnounced
from workflows.events_announce import (
    AnnouncementKept,
    NeedsSet,
    OrganisationListed,
    PaperSent,
    TrackingCodeGiven,
    VisitCalledOff,
    VisitMatched,
    VisitRescheduled,
)
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Actor, Right, Role
from workflows.stages import CONSIGNMENT, Stage, allowed
from workflows.state import Consignment, Visit

#: of one announcement
MOST_TRUCKS, MOST_PAPERS, MOST_FILES = 40, 60, 20
#: what a form may fill in; anything else is not kept
FACTS = frozenset(
    {
        "reference",
        "mode",
        "sender",
        "consignee",
        "consignee_place",
        "notify",
        "donor",
        "carrier",
        "container",
        "seal",
        "declared_packages",
        "declared_gross_kg",
    }
)
#: fields of a service request form beside those; town, facility and address for both ends
REQUEST = frozenset(
    {
        "service",
        "contact",
        "from_town",
        "from_facility",
        "from_address",
        "to_town",
        "to_facility",
        "to_address",
        "ready",
        "volume_m3",
        "value",
        "remarks",
    }
)


def only_agency(who: Actor) -> bool:
    """True for people who act for their own organisation and nobody else."""
    return who.roles == frozenset({Role.AGENCY_USER})


def yours(found: Announcement, who: Actor) -> bool:
    """Agencies see and touch their own organisation's announcements; the desk all of them."""
    if not only_agency(who):
        return who.may(Right.ANNOUNCE)
    return who.organisation is not None and who.organisation == found.organisation


def _barred(found: Announcement | None, identity: str, ask: Ask, step: str) -> Refused | None:
    if not ask.who.may(Right.ANNOUNCE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step=step, person=ask.who.id)
    if found is None or not yours(found, ask.who):  # whether another's exists is nobody's business
        return refuse(Reason.NOT_FOUND, announcement=identity)
    return None


def begin(identity: str, organisation: str, ask: Ask) -> Outcome:
    """A new draft of an organisation. Agencies announce for their own only."""
    if not ask.who.may(Right.ANNOUNCE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step="announce", person=ask.who.id)
    if only_agency(ask.who) and ask.who.organisation != organisation:
        return refuse(Reason.NOT_YOURS, sender=organisation)
    if not organisation.strip():
        return refuse(Reason.INVALID, field="sender")
    value = Announcement(identity, organisation, ask.who.id, ask.at, facts={"sender": organisation})
    return Accepted((AnnouncementKept(f"announcement:{identity}", "begun", value),))


def change(
    found: Announcement | None,
    identity: str,
    ask: Ask,
    what: str,
    made: Callable[[Announcement], Announcement],
) -> Outcome:
    """A draft with something changed; ``what`` names the change. A submitted one is changed on the consignment."""
    if (barred := _barred(found, identity, ask, "announce")) is not None:
        return barred
    assert found is not None
    if found.standing is not Standing.DRAFT:
        return refuse(Reason.NO_DRAFT, announcement=identity, standing=found.standing.value)
    value = made(found)
    if value == found:
        return AlreadyDone({"announcement": identity})
    too_many = (
        ("trucks", len(value.trucks), MOST_TRUCKS),
        ("papers", len(value.papers), MOST_PAPERS),
        ("files", len(value.files), MOST_FILES),
    )
    for name, count, most in too_many:
        if count > most:
            return refuse(Reason.INVALID, field=name, most=most)
    return Accepted((AnnouncementKept(f"announcement:{identity}", what, value),))


def kept_facts(given: Mapping[str, str], among: frozenset[str]) -> dict[str, str]:
    """Those of the texts that a form may fill in, trimmed; empty ones are left out."""
    return {key: text.strip() for key, text in sorted(given.items()) if key in among and text.strip()}


def with_paper(found: Announcement, paper: SentPaper) -> Announcement:
    """The draft with a paper added, in the place of one with the same type and number."""
    others = tuple(one for one in found.papers if (one.type, one.number) != (paper.type, paper.number))
    return replace(found, papers=(*others, paper))


def with_truck(found: Announcement, truck: Truck) -> Announcement:
    """The draft with a vehicle added, in the place of one with the same plate."""
    others = tuple(one for one in found.trucks if one.plate != truck.plate)
    return replace(found, trucks=(*others, truck))


def windows_missing(
    trucks: tuple[Truck, ...], hours: Hours, now: datetime, booked: Callable[[datetime], int]
) -> list[Missing]:
    """What is wrong with the windows that vehicles want; several of one announcement count one after the other."""
    missing: list[Missing] = []
    own: dict[datetime, int] = {}
    for truck in trucks:
        if truck.at is None:
            continue
        taken = booked(truck.at) + own.get(truck.at, 0)
        why = window_refused(hours, truck.at, now, taken)
        own[truck.at] = own.get(truck.at, 0) + 1
        if why is not None:
            facts = {"plate": truck.plate, "window": truck.at.isoformat(), "why": why.value}
            missing.append(
                Missing(Reason.WINDOW_FULL if why is Window.FULL else Reason.WINDOW_NOT_OPEN, facts)
            )
    return missing


def submit(
    found: Announcement | None,
    identity: str,
    ask: Ask,
    announced: Outcome,
    *,
    ref: str,
    priority: Priority,
    recognised: bool,
    codes: Mapping[str, str],
    visits: Mapping[str, str],
    booked: Callable[[datetime], int],
    hours: Hours,
) -> Outcome:
    """Submit a draft: the consignment's own announcing (``announced``, decided by its rule) with its vehicles.

    ``visits`` gives each plate the id of its visit, ``codes`` each subject ("consignment:REF", "visit:ID") its
    tracking code. Refused as a whole when a window cannot be had, so that nothing is announced by halves.
    """
    if (barred := _barred(found, identity, ask, "submit")) is not None:
        return barred
    assert found is not None
    if found.standing is Standing.SUBMITTED:
        return AlreadyDone({"announcement": identity, "consignment": found.consignment})
    if found.standing is not Standing.DRAFT:
        return refuse(Reason.NO_DRAFT, announcement=identity, standing=found.standing.value)
    if not isinstance(announced, Accepted):
        return (
            announced if isinstance(announced, Refused) else refuse(Reason.ALREADY_ANNOUNCED, consignment=ref)
        )
    if missing := windows_missing(found.trucks, hours, ask.at, booked):
        return Refused(tuple(missing))
    trucks = tuple(replace(truck, visit=visits[truck.plate]) for truck in found.trucks)
    events: list[Event] = [*announced.events, _code(f"consignment:{ref}", codes)]
    for truck in trucks:
        subject = f"visit:{truck.visit}"
        events.append(
            VisitAnnounced(
                subject,
                truck.plate,
                truck.trailer,
                found.facts.get("mode", "ROAD"),
                (ref,),
                slot=truck.at,
                priority=priority.value,
            )
        )
        events.append(_code(subject, codes))
    value = replace(
        found,
        standing=Standing.SUBMITTED,
        trucks=trucks,
        consignment=ref,
        priority=priority,
        recognised=recognised,
    )
    events.append(AnnouncementKept(f"announcement:{identity}", "submitted", value))
    return Accepted(tuple(events))


def _code(subject: str, codes: Mapping[str, str]) -> TrackingCodeGiven:
    return TrackingCodeGiven(subject, codes[subject])


def withdraw(found: Announcement | None, identity: str, ask: Ask, expected: tuple[Visit, ...]) -> Outcome:
    """Withdraw a draft, or call off the vehicles of a submitted announcement that have not come yet.

    The consignment of a submitted one stays in the books: what was announced was announced.
    """
    if (barred := _barred(found, identity, ask, "withdraw")) is not None:
        return barred
    assert found is not None
    if found.standing is Standing.WITHDRAWN:
        return AlreadyDone({"announcement": identity})
    came = [visit for visit in expected if visit.stage is not Stage.PRE_ADVICE]
    if came:
        return refuse(Reason.ALREADY_INSIDE, visit=came[0].id, plate=came[0].plate, stage=came[0].stage.value)
    value = replace(found, standing=Standing.WITHDRAWN)
    gone = [VisitCalledOff(f"visit:{visit.id}", "withdrawn") for visit in expected]
    return Accepted((*gone, AnnouncementKept(f"announcement:{identity}", "withdrawn", value)))


def reschedule(
    visit: Visit | None, ask: Ask, at: datetime | None, hours: Hours, booked: int, *, own: bool
) -> Outcome:
    """Give an expected vehicle another time window. ``own`` says that it brings only what this person may touch."""
    if not ask.who.may(Right.ANNOUNCE) and Role.GATE_OPERATOR not in ask.who.roles:
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step="reschedule", person=ask.who.id)
    if visit is None or not own:
        return refuse(Reason.NOT_FOUND)
    if visit.stage is not Stage.PRE_ADVICE:
        return refuse(Reason.WRONG_STAGE, visit=visit.id, stage=visit.stage.value, step="reschedule")
    if at == visit.slot:
        return AlreadyDone({"visit": visit.id})
    plate = visit.expected_plate or visit.id
    if at is not None and (
        missing := windows_missing((Truck(plate, at=at),), hours, ask.at, lambda _: booked)
    ):
        return Refused(tuple(missing))
    return Accepted((VisitRescheduled(f"visit:{visit.id}", at),))


# --- at the desk of trouble -----------------------------------------------------------------------------
def match(
    visit: Visit | None,
    ask: Ask,
    consignments: tuple[Consignment, ...],
    expected: Visit | None,
    identity: str,
) -> Outcome:
    """Say what a vehicle that nobody announced is: the ``expected`` visit, the bearer of ``consignments``, or empty.

    Its consignments arrive with it, and an expected visit that it is, is called off.
    """
    if not ask.who.may(Right.MATCH_ARRIVAL):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.MATCH_ARRIVAL], step="match", person=ask.who.id)
    if visit is None:
        return refuse(Reason.NOT_FOUND, visit=identity)
    if not visit.in_trouble:
        if visit.unannounced and visit.matched:
            return AlreadyDone({"visit": visit.id, "carries": list(visit.carries)})
        return refuse(Reason.WRONG_STAGE, visit=visit.id, stage=visit.stage.value, step="match")
    if expected is not None and (expected.stage is not Stage.PRE_ADVICE or expected.id == visit.id):
        return refuse(Reason.WRONG_STAGE, visit=expected.id, stage=expected.stage.value, step="match")
    late = [one for one in consignments if one.stage in (Stage.GATE_OUT, Stage.DELIVERED, Stage.CLOSED)]
    if late:
        return refuse(
            Reason.WRONG_STAGE, consignment=late[0].ref, stage=late[0].stage.value, step=Stage.GATE_IN.value
        )
    refs = tuple(one.ref for one in consignments)
    events: list[Event] = [
        VisitMatched(f"visit:{visit.id}", refs, expected.id if expected is not None else None)
    ]
    events += [
        StageChanged(f"consignment:{one.ref}", one.stage, Stage.GATE_IN)
        for one in consignments
        if allowed(CONSIGNMENT, one.stage, Stage.GATE_IN)
    ]
    if expected is not None:
        events.append(VisitCalledOff(f"visit:{expected.id}", "came_unannounced", visit.id))
    return Accepted(tuple(events))


# --- papers sent later, and the lists --------------------------------------------------------------------
def send_paper(consignment: Consignment | None, ref: str, sent: PaperSent, ask: Ask, *, own: bool) -> Outcome:
    """Attach the picture of a paper to a consignment; a proof of delivery is attached by the desk."""
    if not (ask.who.may(Right.ANNOUNCE) or ask.who.may(Right.AMEND)):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step="attach", person=ask.who.id)
    if consignment is None or not own:
        return refuse(Reason.NOT_FOUND, consignment=ref)
    if sent.document == "POD" and not ask.who.may(Right.AMEND):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.AMEND], step="attach", person=ask.who.id)
    return Accepted((sent,))


def list_organisation(before: Organisation | None, value: Organisation, ask: Ask) -> Outcome:
    """Put an organisation on the list of recognised senders, change it, or take it off."""
    if not ask.who.may(Right.MANAGE_DATA):
        return refuse(
            Reason.NOT_PERMITTED, who=RIGHTS[Right.MANAGE_DATA], step="organisation", person=ask.who.id
        )
    if not value.name.strip() or value.kind not in KINDS:
        return refuse(Reason.INVALID, field="name" if not value.name.strip() else "kind")
    if before == value:
        return AlreadyDone({"organisation": value.name})
    return Accepted((OrganisationListed(f"organisation:{value.name}", value),))


def set_needs(before: Needs, value: Needs, ask: Ask, known: frozenset[str]) -> Outcome:
    """Say what an emergency needs most, until when, and why; or, with no goods types, that it is over."""
    if not ask.who.may(Right.SET_PRIORITIES):
        return refuse(
            Reason.NOT_PERMITTED, who=RIGHTS[Right.SET_PRIORITIES], step="priorities", person=ask.who.id
        )
    if strange := [code for code in value.goods_types if code not in known]:
        return refuse(Reason.INVALID, field="goods_types", value=strange[0])
    if not value.why.strip():
        return refuse(Reason.REASON_NEEDED, step="priorities")
    if value.until is not None and value.until < ask.day:
        return refuse(Reason.INVALID, field="until", value=value.until.isoformat())
    if (before.goods_types, before.until, before.why) == (value.goods_types, value.until, value.why):
        return AlreadyDone({"goods_types": list(value.goods_types)})
    return Accepted((NeedsSet("standing:needs", replace(value, by=ask.who.id, at=ask.at)),))
