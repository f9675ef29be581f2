"""The release rule, to be read from top to bottom by a customs officer.

Goods move towards the gate only when nothing stands in the way:

1. no open hold that blocks the step, on the consignment, on the unit, or on the vehicle; and no check that would hold or
   block and could not tell (see :mod:`workflows.unjudged`);
2. every permission that the step needs has been given, for these units, and none of the protected facts changed
   since; a permission covers the whole consignment or exactly the units it names (see :mod:`workflows.parts`);
3. no inspection that was ordered is still open: not done, an X-ray picture that only one person or a machine has read,
   or not possible and neither replaced nor waived; and goods that the lane sends to inspection were inspected;
4. customs release and terminal release come from two different people, and neither of them edited the
   consignment that day (one person holding both roles is still one person; the sender's people never count).

:func:`standing_in_the_way` gives the whole list, so that a refusal says everything at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from workflows import parts
from workflows.ask import Ask
from workflows.inspection_roles import DOES, LOOKS
from workflows.inspection_state import Inspection, Result
from workflows.outcomes import Missing, Reason
from workflows.papers import Papers
from workflows.plain import to_plain
from workflows.roles import STEP_ROLES, Actor, Role
from workflows.routing import uninspected
from workflows.stages import OUTWARD, Stage
from workflows.state import OPENS, PROTECTED, Consignment, Hold, PermissionKind, Visit
from workflows.unjudged import in_the_way

_MISSING_PERMISSION: dict[PermissionKind, tuple[Reason, frozenset[Role]]] = {
    PermissionKind.DOCUMENTS_COMPLETE: (Reason.DOCUMENTS_INCOMPLETE, STEP_ROLES[Stage.DOC_CHECK]),
    PermissionKind.CUSTOMS_RELEASE: (Reason.NO_CUSTOMS_RELEASE, STEP_ROLES[Stage.CUSTOMS_RELEASE]),
    PermissionKind.TERMINAL_RELEASE: (Reason.NO_TERMINAL_RELEASE, STEP_ROLES[Stage.RELEASE]),
    PermissionKind.AFGHAN_APPROVAL: (Reason.NO_AFGHAN_APPROVAL, frozenset({Role.DOCUMENT_OFFICER})),
}


def protected(papers: Papers, plain: dict[str, Any] | None = None) -> dict[str, Any]:
    """The fields a release is given for: parties, lines, quantities, weights, documents, vehicle, seals."""
    plain = to_plain(papers) if plain is None else plain
    assert plain is not None
    for document in plain["documents"]:
        del document["verified"]  # looking at a paper does not change it
    for entry in (*plain["lines"], *plain["units"]):
        entry.pop("raw", None)
    return plain


def digest(papers: Papers, plain: dict[str, Any] | None = None) -> str:
    """SHA-256 (hex) of the protected fields; equal digests mean nothing protected changed.

    ``plain`` are the papers as plain data, where they were written down already; it is used up.
    """
    text = json.dumps(protected(papers, plain), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def blocking(holds: tuple[Hold, ...], step: Stage, *subjects: str) -> list[Hold]:
    """Open holds on one of ``subjects`` that block ``step``."""
    return [hold for hold in holds if hold.open and step in hold.blocks and hold.subject in subjects]


def held(holds: list[Hold]) -> list[Missing]:
    """Open holds as things that are missing."""
    return [
        Missing(
            Reason.OPEN_HOLD,
            {
                "hold": hold.id,
                "subject": hold.subject,
                "authority": hold.authority.value,
                "reason": hold.reason.value,
                "severity": hold.severity.value,
                "check": hold.check,
                "since": hold.placed_at.isoformat(),
            },
            hold.lift_roles,
        )
        for hold in holds
    ]


def permissions_missing(consignment: Consignment, step: Stage, *units: str) -> list[Missing]:
    """Permissions the step needs that are absent, do not cover these units, or were given for other facts than today's.

    Without ``units`` it is about everything that has not left yet.
    """
    missing = []
    for kind, opens in OPENS.items():
        if step not in opens:
            continue
        _, who = _MISSING_PERMISSION[kind]
        given = consignment.permission(kind)
        if given is None and consignment.parts(kind):
            missing += _not_covered(consignment, kind, units)
        elif given is None:
            missing.append(_not_given(consignment, kind))
        elif kind in PROTECTED and given.digest != consignment.digest:
            facts = {"consignment": consignment.ref, "permission": kind.value, "by": given.by}
            missing.append(Missing(Reason.CHANGED_AFTER_APPROVAL, facts, who))
    return missing


def _not_given(consignment: Consignment, kind: PermissionKind) -> Missing:
    reason, who = _MISSING_PERMISSION[kind]
    facts: dict[str, Any] = {"consignment": consignment.ref, "permission": kind.value}
    if kind in consignment.dropped:
        facts["dropped"] = True
    return Missing(reason, facts, who)


def _not_covered(consignment: Consignment, kind: PermissionKind, units: tuple[str, ...]) -> list[Missing]:
    """Units outside the sets of the partial approvals of one kind."""
    everything = parts.labels_of(consignment.papers) - consignment.gone_units
    wanted = frozenset(units) or everything
    outside = sorted(wanted - parts.covered(consignment, kind))
    if not wanted:  # nothing has a label: only an approval of the whole can cover it
        return [_not_given(consignment, kind)]
    return [outside_of(consignment, kind, outside)] if outside else []


def outside_of(consignment: Consignment, kind: PermissionKind, labels: Iterable[str]) -> Missing:
    """The refusal for units that the approvals of that kind do not name."""
    reason, who = _MISSING_PERMISSION[kind]
    outside = sorted(labels)
    facts: dict[str, Any] = {"consignment": consignment.ref, "permission": kind.value, "units": outside}
    return Missing(reason, facts | ({"unit": outside[0]} if len(outside) == 1 else {}), who)


def for_other_vehicle(consignment: Consignment, labels: Iterable[str], visit: Visit) -> list[Missing]:
    """Units that were released for another vehicle than this one."""
    found: dict[str, list[str]] = {}
    plates: dict[str, str | None] = {}
    for label in sorted(labels):
        for kind in PROTECTED:
            given = parts.covering(consignment, kind, label)
            if given is not None and given.visit not in (None, visit.id):
                found.setdefault(given.visit, []).append(label)
                plates[given.visit] = given.plate
    return [
        Missing(
            Reason.OTHER_VEHICLE,
            {"unit": units[0], "units": sorted(set(units)), "visit": name, "plate": plates[name] or name},
            STEP_ROLES[Stage.RELEASE],
        )
        for name, units in found.items()
    ]


def not_covered_aboard(consignment: Consignment, visit: Visit) -> list[Missing]:
    """Units of a consignment on this vehicle that an approval does not cover, or covers for another vehicle.

    What came on the vehicle and stayed on it (``visit.carries``) has no scanned units: all of it must be covered.
    """
    ref = consignment.ref
    if ref in visit.carries:
        return permissions_missing(consignment, Stage.GATE_OUT)
    labels = parts.on_board(consignment, visit)
    missing = permissions_missing(consignment, Stage.GATE_OUT, *labels)
    if len(labels) < visit.loaded.get(ref, 0):  # some that no paper names: never covered by a part
        missing += [
            _not_given(consignment, kind)
            for kind in sorted(PROTECTED)
            if consignment.permission(kind) is None and consignment.parts(kind)
        ]
    return missing + for_other_vehicle(consignment, labels, visit)


def inspections_open(
    inspections: tuple[Inspection, ...], step: Stage, *subjects: str, whole: bool = False
) -> list[Missing]:
    """Open inspections that keep ``subjects`` from an outward step.

    An approval of the whole consignment waits for those of every unit as well (``whole``), one of some units and the
    later steps for those of what is moved.
    """
    if step not in OUTWARD:
        return []
    return [_open(one) for one in inspections if one.open and (whole or one.subject in subjects)]


def _open(one: Inspection) -> Missing:
    """What an open inspection waits for, and who can do it."""
    facts = {
        "inspection": one.id,
        "method": one.method.value,
        "subject": one.subject,
        "progress": one.state,
        "result": one.result.value if one.result else None,
        "since": one.ordered_at.isoformat(),
    }
    if one.waits_for_look:
        return Missing(Reason.SECOND_LOOK_NEEDED, facts, LOOKS)
    who = frozenset({Role.CUSTOMS_INSPECTOR}) if one.result is Result.NOT_POSSIBLE else DOES[one.method]
    return Missing(Reason.INSPECTION_OPEN, facts, who)


def standing_in_the_way(consignment: Consignment, step: Stage, *units: str) -> list[Missing]:
    """Everything that keeps this consignment (and the named units of it) from ``step``; empty means go."""
    subjects = (f"consignment:{consignment.ref}", *(f"unit:{label}" for label in units))
    whole = step in (Stage.CUSTOMS_RELEASE, Stage.RELEASE) and not units
    return [
        *held(blocking(consignment.holds, step, *subjects)),
        *in_the_way(consignment, step),
        *inspections_open(consignment.inspections, step, *subjects, whole=whole),
        *uninspected(consignment, step),
        *permissions_missing(consignment, step, *units),
    ]


def stopped(consignment: Consignment, step: Stage, *units: str) -> list[Missing]:
    """Holds, checks that could not tell and inspections alone that keep this consignment (and the named units of it) from ``step``."""
    subjects = (f"consignment:{consignment.ref}", *(f"unit:{label}" for label in units))
    return [
        *held(blocking(consignment.holds, step, *subjects)),
        *in_the_way(consignment, step),
        *inspections_open(consignment.inspections, step, *subjects),
        *uninspected(consignment, step),
    ]


def vehicle_stopped(visit: Visit, step: Stage) -> list[Missing]:
    """What keeps the vehicle itself, whatever it carries, from ``step``: its holds and its open inspections."""
    subject = f"visit:{visit.id}"
    return held(blocking(visit.holds, step, subject)) + inspections_open(visit.inspections, step, subject)


def unfit_to_approve(consignment: Consignment, kind: PermissionKind, ask: Ask) -> list[Missing]:
    """Why this person may not give this approval (PRC-01): same person, edited today, or acting for the sender."""
    who: Actor = ask.who
    missing = []
    other_kind = (
        PermissionKind.TERMINAL_RELEASE
        if kind is PermissionKind.CUSTOMS_RELEASE
        else PermissionKind.CUSTOMS_RELEASE
    )
    others = [p for p in consignment.permissions if p.kind is other_kind]
    approvers = STEP_ROLES[Stage.CUSTOMS_RELEASE if kind is PermissionKind.CUSTOMS_RELEASE else Stage.RELEASE]
    if any(other.by == who.id for other in others):
        missing.append(Missing(Reason.SAME_PERSON, {"person": who.id, "gave": other_kind.value}, approvers))
    if consignment.edited.get(who.id) == ask.day:
        missing.append(
            Missing(Reason.EDITED_TODAY, {"person": who.id, "day": ask.day.isoformat()}, approvers)
        )
    if Role.AGENCY_USER in who.roles:
        missing.append(Missing(Reason.SAME_PERSON, {"person": who.id, "acts_for": "sender"}, approvers))
    return missing
