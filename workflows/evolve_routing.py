"""Folding lanes, marks and audits into the routing of a consignment. Total over the events of events_routing."""

from __future__ import annotations

from dataclasses import replace

from workflows import events_routing as er
from workflows.routing_state import Audit, Routing

RoutingEvent = (
    er.LaneChosen
    | er.LaneProposed
    | er.LaneSet
    | er.IndicatorMarked
    | er.IndicatorUnmarked
    | er.AuditOpened
    | er.AuditClosed
)


def routing(before: Routing | None, event: RoutingEvent) -> Routing:
    """The routing after ``event``. A lane set by a person that counts no more, and an open audit that nothing asks
    for any more, are dropped; a closed audit stays."""
    was = before or Routing()
    match event:
        case er.LaneChosen(choice=choice):
            after = replace(was, choice=choice)
            if after.person is not None and not after.by_person:
                after = replace(after, person=None)
            return _audited(replace(after, proposal=None) if after.lane is not was.lane else after)
        case er.LaneProposed(proposal=proposal):
            return replace(was, proposal=proposal)
        case er.LaneSet(person=person):
            return _audited(replace(was, person=person, proposal=None))
        case er.IndicatorMarked(mark=mark):
            others = tuple(one for one in was.marks if one.indicator != mark.indicator)
            return replace(was, marks=(*others, mark))
        case er.IndicatorUnmarked(indicator=indicator):
            return replace(was, marks=tuple(one for one in was.marks if one.indicator != indicator))
        case er.AuditOpened(at=at):
            return replace(was, audit=Audit(at))
        case er.AuditClosed(result=result, by=by, at=at, note=note):
            opened = was.audit or Audit(at)
            return replace(was, audit=replace(opened, closed_by=by, closed_at=at, result=result, note=note))


def _audited(after: Routing) -> Routing:
    dropped = after.audit is not None and after.audit.open and not after.wants_audit
    return replace(after, audit=None) if dropped else after
