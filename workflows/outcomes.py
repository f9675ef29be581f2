"""What a decision answers: go, already done, or the whole list of what is missing.

A refusal is a value, never an exception. Sentences in four languages live with the screens; here are the
closed codes and the facts a sentence needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from workflows.roles import Role

if TYPE_CHECKING:
    from workflows.events import Event


class Reason(StrEnum):
    """Why something was refused. Closed: each code has a sentence and a next step in every language."""

    # the label
    UNREADABLE = "UNREADABLE"
    BAD_CHECK_DIGIT = "BAD_CHECK_DIGIT"
    UNKNOWN_LABEL = "UNKNOWN_LABEL"
    WRONG_KIND = "WRONG_KIND"  # e.g. a bay label scanned where a unit is asked for
    # the step
    WRONG_STAGE = "WRONG_STAGE"  # PRC-03
    NOT_PERMITTED = "NOT_PERMITTED"  # role or device may not take this step
    NO_VISIT = "NO_VISIT"  # no vehicle stands at this point
    UNIT_ELSEWHERE = "UNIT_ELSEWHERE"  # the unit is on another vehicle
    NOT_TALLIED = "NOT_TALLIED"
    # the release rule
    OPEN_HOLD = "OPEN_HOLD"  # PRC-02
    CANNOT_JUDGE = "CANNOT_JUDGE"  # a check that would hold or block lacks a fact
    NO_CUSTOMS_RELEASE = "NO_CUSTOMS_RELEASE"
    NO_TERMINAL_RELEASE = "NO_TERMINAL_RELEASE"
    NO_AFGHAN_APPROVAL = "NO_AFGHAN_APPROVAL"
    DOCUMENTS_INCOMPLETE = "DOCUMENTS_INCOMPLETE"
    SAME_PERSON = "SAME_PERSON"  # PRC-01
    EDITED_TODAY = "EDITED_TODAY"  # PRC-01
    CHANGED_AFTER_APPROVAL = "CHANGED_AFTER_APPROVAL"  # PRC-05
    ALREADY_RELEASED = "ALREADY_RELEASED"  # covered by an earlier approval, or gone
    OTHER_VEHICLE = "OTHER_VEHICLE"  # released for another vehicle than this one
    NOT_ACCOUNTED_FOR = "NOT_ACCOUNTED_FOR"  # units are still here or on the way
    # the vehicle
    PLATE_DIFFERS = "PLATE_DIFFERS"
    SEAL_DIFFERS = "SEAL_DIFFERS"
    SEAL_BROKEN = "SEAL_BROKEN"
    NOT_SEALED = "NOT_SEALED"
    NOT_WEIGHED = "NOT_WEIGHED"
    WEIGHT_DIFFERS = "WEIGHT_DIFFERS"
    TARE_UNKNOWN = "TARE_UNKNOWN"
    ALREADY_INSIDE = "ALREADY_INSIDE"  # anti-passback
    NOT_INSIDE = "NOT_INSIDE"  # anti-passback at the way out
    NOT_MATCHED = "NOT_MATCHED"  # nobody announced it and nobody said yet what it brings
    CARGO_ABOARD = "CARGO_ABOARD"  # asked to leave empty while goods are on board
    GATEPASS_NOT_GOOD = "GATEPASS_NOT_GOOD"  # a gate pass that is revoked, over, used, or not ours
    # loading, and the handover on the other bank
    KEPT_APART = "KEPT_APART"  # dangerous goods that may not travel together
    HANDOVER_LINK_NOT_GOOD = "HANDOVER_LINK_NOT_GOOD"  # forged, over, taken back
    NOT_ON_MANIFEST = "NOT_ON_MANIFEST"  # received, but not on this vehicle's manifest; or named twice
    UNITS_NOT_MARKED = "UNITS_NOT_MARKED"  # the receiver said nothing of these
    ALREADY_HANDED_OVER = "ALREADY_HANDED_OVER"  # saying otherwise is a correction, with a reason
    # the weight
    NO_WEIGHT = "NO_WEIGHT"
    WEIGHT_UNSTABLE = "WEIGHT_UNSTABLE"
    WEIGHT_OUT_OF_RANGE = "WEIGHT_OUT_OF_RANGE"
    SCALE_NOT_VERIFIED = "SCALE_NOT_VERIFIED"
    TYPED_WEIGHT_NEEDS_SECOND_PERSON = "TYPED_WEIGHT_NEEDS_SECOND_PERSON"
    WEIGHED_BEFORE = "WEIGHED_BEFORE"  # weighed again only with a reason
    OTHER_ON_SCALE = "OTHER_ON_SCALE"  # the camera, or the last weight of this scale, says another vehicle
    TARE_DIFFERS = "TARE_DIFFERS"  # a paper's tare that does not fit the known one
    WAGONS_DIFFER = "WAGONS_DIFFER"  # a weighing in motion counted other wagons than the cut has
    NOT_ON_VEHICLE = "NOT_ON_VEHICLE"  # the unit did not come with the vehicle it is to be taken from
    # holds
    HOLD_NOT_FOUND = "HOLD_NOT_FOUND"
    HOLD_NOT_YOURS = "HOLD_NOT_YOURS"
    HOLD_ALREADY_LIFTED = "HOLD_ALREADY_LIFTED"
    BLOCK_NOT_WAIVABLE = "BLOCK_NOT_WAIVABLE"
    SECOND_PERSON_NEEDED = "SECOND_PERSON_NEEDED"
    REASON_NEEDED = "REASON_NEEDED"
    END_USE_NEEDED = "END_USE_NEEDED"  # nobody has said who uses dual-use goods, and for what
    EVIDENCE_NEEDED = "EVIDENCE_NEEDED"  # a waiver names what it rests on
    # inspections and what they are made with
    INSPECTION_OPEN = "INSPECTION_OPEN"
    SECOND_LOOK_NEEDED = "SECOND_LOOK_NEEDED"  # a picture was read once, by one person or a machine
    SECOND_LOOK_OF_OWN = "SECOND_LOOK_OF_OWN"  # whoever read it first does not look again
    INSPECTION_NOT_FOUND = "INSPECTION_NOT_FOUND"
    INSPECTION_ENDED = "INSPECTION_ENDED"  # under way, done or cancelled: not to be asked again
    NOTHING_TO_CONFIRM = "NOTHING_TO_CONFIRM"  # it raised no alarm, or is its own proof
    OWN_ALARM = "OWN_ALARM"  # whoever raised an alarm does not confirm it
    WAIVER_OF_OWN = "WAIVER_OF_OWN"  # whoever could not do it may not waive it
    EQUIPMENT_NEEDED = "EQUIPMENT_NEEDED"
    EQUIPMENT_UNFIT = "EQUIPMENT_UNFIT"  # made for another method
    EQUIPMENT_NOT_IN_SERVICE = "EQUIPMENT_NOT_IN_SERVICE"
    EQUIPMENT_EXPIRED = "EQUIPMENT_EXPIRED"  # the kit lot
    EQUIPMENT_NOT_CALIBRATED = "EQUIPMENT_NOT_CALIBRATED"
    EQUIPMENT_BUSY = "EQUIPMENT_BUSY"
    NOT_TRAINED = "NOT_TRAINED"
    DOG_MUST_REST = "DOG_MUST_REST"
    INSPECTION_NEEDED = "INSPECTION_NEEDED"  # nobody has looked at goods that must be looked at
    LANE_FIXED = "LANE_FIXED"  # a forced rule, the draw or the minimum: no person lowers it
    AUDIT_NOT_OPEN = "AUDIT_NOT_OPEN"
    PROFILE_UNFIT = "PROFILE_UNFIT"  # a risk profile without a last day, an owner, a criterion ...
    FILE_NOT_TAKEN = "FILE_NOT_TAKEN"  # a kind of file that is not kept, or too large
    # places, tallies, counts
    UNKNOWN_PLACE = "UNKNOWN_PLACE"
    PLACE_FULL = "PLACE_FULL"
    WRONG_PLACE = "WRONG_PLACE"  # temperature, dangerous goods, food
    UNIT_INSIDE = "UNIT_INSIDE"  # stands inside another one and moves with it
    NOT_TOGETHER = "NOT_TOGETHER"  # units to be put together stand in different places
    WEIGHTS_DO_NOT_ADD = "WEIGHTS_DO_NOT_ADD"
    LABEL_TAKEN = "LABEL_TAKEN"
    NO_SSCC_PREFIX = "NO_SSCC_PREFIX"  # the terminal has no company prefix to number labels with
    NOTHING_COUNTED = "NOTHING_COUNTED"
    NOT_ON_LIST = "NOT_ON_LIST"  # belongs to another consignment than the one worked on
    COUNT_RUNNING = "COUNT_RUNNING"
    COUNT_CLOSED = "COUNT_CLOSED"
    COUNTED_BY_YOU = "COUNTED_BY_YOU"  # whoever counted does not decide
    MOVED_SINCE = "MOVED_SINCE"
    OWN_SHIFT = "OWN_SHIFT"  # whoever hands a shift over does not take it over
    NOTHING_TO_UNDO = "NOTHING_TO_UNDO"  # the scan changed nothing in the books
    UNDO_TOO_LATE = "UNDO_TOO_LATE"  # something was built on the scan since
    # complaints, and messages to a liaison office
    COMPLAINT_ABOUT_YOU = "COMPLAINT_ABOUT_YOU"  # whoever it is about does not answer it
    COMPLAINT_ANSWERED = "COMPLAINT_ANSWERED"  # to be opened again first
    CODE_TOO_HIGH = "CODE_TOO_HIGH"  # what is classified is not written here
    CODE_TOO_LOW = "CODE_TOO_LOW"  # names a record, or answers a message, of a stricter code
    # the message itself
    NONCE_REUSED = "NONCE_REUSED"
    TOO_OLD = "TOO_OLD"
    NOT_FOUND = "NOT_FOUND"
    NOT_YOURS = "NOT_YOURS"  # an agency looking at another's consignment
    ALREADY_ANNOUNCED = "ALREADY_ANNOUNCED"
    # announcing
    NO_DRAFT = "NO_DRAFT"  # submitted or withdrawn: not to be changed any more
    WINDOW_FULL = "WINDOW_FULL"
    WINDOW_NOT_OPEN = "WINDOW_NOT_OPEN"  # past, outside the opening hours, or too far ahead
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stands in the way: its code, the figures, and who can do something about it."""

    reason: Reason
    facts: Mapping[str, Any] = field(default_factory=dict)
    who: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Go. ``events`` are what happened, in order, to be recorded in one commit."""

    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """This was done before; asking again changes nothing."""

    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and everything that is missing; the first entry is the one to say aloud."""

    missing: tuple[Missing, ...]

    @property
    def reason(self) -> Reason:
        """The reason to say first."""
        return self.missing[0].reason

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the first reason."""
        return self.missing[0].facts


Outcome = Accepted | AlreadyDone | Refused


def refuse(reason: Reason, *, who: frozenset[Role] = frozenset(), **facts: Any) -> Refused:
    """A refusal for one reason."""
    return Refused((Missing(reason, facts, who),))
