"""Who may do what: nineteen roles and one table of rights (roles.csv), enforced here and nowhere else.

Holding two roles gives the rights of both and still makes one person: two-person rules count people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from workflows.stages import Stage


class Role(StrEnum):
    """The roles of the terminal and of the authorities in it."""

    GATE_OPERATOR = "gate_operator"
    WEIGHBRIDGE_OPERATOR = "weighbridge_operator"
    TALLY_CLERK = "tally_clerk"
    WAREHOUSE_KEEPER = "warehouse_keeper"
    DOCUMENT_OFFICER = "document_officer"
    AGENCY_USER = "agency_user"
    CUSTOMS_INSPECTOR = "customs_inspector"
    RELEASE_OFFICER = "release_officer"
    BORDER_OFFICER = "border_officer"
    PHYTO_VET_SANITARY = "phyto_vet_sanitary"
    XRAY_OPERATOR = "xray_operator"
    CANINE_HANDLER = "canine_handler"
    RISK_OFFICER = "risk_officer"
    SANCTIONS_OFFICER = "sanctions_officer"
    SITUATION_CENTRE = "situation_centre"
    LIAISON_OFFICER = "liaison_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    TRAINER = "trainer"


class Right(StrEnum):
    """What can be asked of the system apart from a step."""

    ANNOUNCE = "announce"  # pre-advice, upload packing lists
    AMEND = "amend"  # change declared facts, attach and verify documents
    PLACE_HOLD = "place_hold"
    LIFT_HOLD = "lift_hold"  # the hold itself says which roles
    WEIGH = "weigh"
    TYPE_WEIGHT = "type_weight"  # a weight typed by hand; a second person confirms
    READ_CONSIGNMENTS = "read_consignments"
    READ_RISK = "read_risk"  # score, lane, sanctions detail
    READ_PERSONS = "read_persons"  # drivers' names and documents
    READ_JOURNAL = "read_journal"
    READ_BOARD = "read_board"
    READ_DEVICES = "read_devices"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_DATA = "manage_data"
    REVIEW_SCANS = "review_scans"
    EXPORT = "export"
    ISSUE_GATEPASS = "issue_gatepass"  # hand out a signed gate pass for a load that may leave
    ORDER_INSPECTION = "order_inspection"
    READ_INSPECTIONS = "read_inspections"  # all of them with results; those who do some see their own work
    READ_EQUIPMENT = "read_equipment"
    REPORT_EQUIPMENT = "report_equipment"  # take it out of service
    MANAGE_EQUIPMENT = "manage_equipment"  # add it, change its dates and people, put it back
    SEIZE = "seize"
    SET_PRIORITIES = "set_priorities"  # what an emergency needs most goes ahead
    MATCH_ARRIVAL = "match_arrival"  # say what a vehicle that nobody announced brings
    SET_LANE = "set_lane"  # another lane than the rules chose
    CONFIRM_LANE = "confirm_lane"  # be the second person for a lower one
    MARK_RISK = "mark_risk"  # an indicator that no rule computes
    MANAGE_PROFILES = "manage_profiles"
    KEEP_WATCH_LIST = "keep_watch_list"  # read and change it; nobody else sees who is on it
    READ_WATCH_HITS = "read_watch_hits"  # that something is on it; all others learn no more than who holds it
    CLOSE_AUDIT = "close_audit"  # look at goods after release, and say what came of it
    REPACK = "repack"  # split units, put them together, take them apart
    COUNT_STOCK = "count_stock"
    REVIEW_COUNT = "review_count"  # decide what becomes of a difference
    NOTE_DAMAGE = "note_damage"
    READ_STOCK = "read_stock"  # where units stand, counts, losses and damage
    READ_SEIZURES = "read_seizures"  # the record's handling code narrows it further
    HAND_OVER_SHIFT = "hand_over_shift"  # write in a shift book, hand over and take over
    RECORD_COMPLAINT = "record_complaint"  # an agency: about its own cargo
    READ_COMPLAINTS = "read_complaints"
    ANSWER_COMPLAINT = "answer_complaint"
    READ_MESSAGES = (
        "read_messages"  # between terminal and liaison office; the handling code narrows it further
    )
    CONFIRM_INDICATION = "confirm_indication"  # say what came of an alarm: something was there, or nothing


R = Role
_FLOOR = frozenset({R.GATE_OPERATOR, R.WEIGHBRIDGE_OPERATOR, R.TALLY_CLERK, R.WAREHOUSE_KEEPER})
_OFFICERS = frozenset(
    {
        R.CUSTOMS_INSPECTOR,
        R.BORDER_OFFICER,
        R.PHYTO_VET_SANITARY,
        R.XRAY_OPERATOR,
        R.CANINE_HANDLER,
        R.RISK_OFFICER,
        R.SANCTIONS_OFFICER,
    }
)
_DESK = frozenset({R.DOCUMENT_OFFICER, R.RELEASE_OFFICER})
_WATCH = frozenset({R.SITUATION_CENTRE, R.LIAISON_OFFICER, R.AUDITOR})

STEP_ROLES: Mapping[Stage, frozenset[Role]] = {
    Stage.GATE_IN: frozenset({R.GATE_OPERATOR}),
    Stage.WEIGH_IN: frozenset({R.WEIGHBRIDGE_OPERATOR}),
    Stage.DOC_CHECK: frozenset({R.DOCUMENT_OFFICER, R.CUSTOMS_INSPECTOR}),
    Stage.RISK: frozenset({R.RISK_OFFICER, R.CUSTOMS_INSPECTOR}),
    Stage.UNLOAD: frozenset({R.TALLY_CLERK, R.WAREHOUSE_KEEPER}),
    Stage.TALLY: frozenset({R.TALLY_CLERK}),
    Stage.INSPECT: frozenset({R.CUSTOMS_INSPECTOR, R.XRAY_OPERATOR, R.CANINE_HANDLER, R.PHYTO_VET_SANITARY}),
    Stage.SAMPLE: frozenset({R.CUSTOMS_INSPECTOR, R.PHYTO_VET_SANITARY}),
    Stage.STORAGE: frozenset({R.WAREHOUSE_KEEPER, R.TALLY_CLERK}),
    Stage.CUSTOMS_RELEASE: frozenset({R.CUSTOMS_INSPECTOR}),
    Stage.RELEASE: frozenset({R.RELEASE_OFFICER}),
    Stage.PICK: frozenset({R.WAREHOUSE_KEEPER}),
    Stage.LOAD: frozenset({R.TALLY_CLERK, R.WAREHOUSE_KEEPER}),
    Stage.SEAL: frozenset({R.CUSTOMS_INSPECTOR, R.TALLY_CLERK}),
    Stage.WEIGH_OUT: frozenset({R.WEIGHBRIDGE_OPERATOR}),
    Stage.GATE_OUT: frozenset({R.GATE_OPERATOR}),
    Stage.BORDER_EXIT: frozenset({R.BORDER_OFFICER}),
    Stage.ARRIVED_AF: frozenset({R.BORDER_OFFICER, R.DOCUMENT_OFFICER}),
    Stage.DELIVERED: frozenset({R.DOCUMENT_OFFICER}),
    Stage.CLOSED: frozenset({R.DOCUMENT_OFFICER}),
    Stage.REJECTED: frozenset({R.CUSTOMS_INSPECTOR}),
    Stage.SEIZED: frozenset({R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER}),
    Stage.DESTROYED: frozenset({R.CUSTOMS_INSPECTOR}),
    Stage.LOST: frozenset({R.TALLY_CLERK, R.WAREHOUSE_KEEPER}),
}

#: what no machine does, however its point is configured: what is decided about goods is decided by people
DECIDED_BY_PEOPLE: frozenset[Stage] = frozenset(
    {
        Stage.DOC_CHECK,
        Stage.RISK,
        Stage.SAMPLE,
        Stage.CUSTOMS_RELEASE,
        Stage.RELEASE,
        Stage.CLOSED,
        Stage.REJECTED,
        Stage.SEIZED,
        Stage.DESTROYED,
    }
)

RIGHTS: Mapping[Right, frozenset[Role]] = {
    Right.ANNOUNCE: frozenset({R.AGENCY_USER, R.DOCUMENT_OFFICER}),
    Right.AMEND: frozenset({R.DOCUMENT_OFFICER, R.RELEASE_OFFICER}),
    Right.PLACE_HOLD: _OFFICERS | {R.DOCUMENT_OFFICER, R.RELEASE_OFFICER},
    Right.LIFT_HOLD: _OFFICERS | {R.DOCUMENT_OFFICER, R.RELEASE_OFFICER},
    Right.WEIGH: frozenset({R.WEIGHBRIDGE_OPERATOR, R.TALLY_CLERK, R.WAREHOUSE_KEEPER}),
    Right.TYPE_WEIGHT: frozenset({R.WEIGHBRIDGE_OPERATOR}),
    Right.READ_CONSIGNMENTS: _FLOOR | _OFFICERS | _DESK | _WATCH | {R.AGENCY_USER},
    Right.READ_RISK: frozenset({R.CUSTOMS_INSPECTOR, R.RISK_OFFICER, R.SANCTIONS_OFFICER, R.AUDITOR}),
    Right.READ_PERSONS: _OFFICERS | {R.GATE_OPERATOR, R.DOCUMENT_OFFICER, R.AUDITOR},
    Right.READ_JOURNAL: frozenset({R.AUDITOR, R.CUSTOMS_INSPECTOR, R.RISK_OFFICER}),
    Right.READ_BOARD: _FLOOR | _OFFICERS | _DESK | _WATCH | {R.ADMINISTRATOR},
    Right.READ_DEVICES: _FLOOR
    | _DESK
    | {R.SITUATION_CENTRE, R.AUDITOR, R.ADMINISTRATOR, R.CUSTOMS_INSPECTOR},
    Right.MANAGE_DEVICES: frozenset({R.ADMINISTRATOR}),
    Right.MANAGE_PEOPLE: frozenset({R.ADMINISTRATOR}),
    Right.MANAGE_DATA: frozenset({R.ADMINISTRATOR}),
    Right.REVIEW_SCANS: frozenset({R.DOCUMENT_OFFICER, R.CUSTOMS_INSPECTOR}),
    Right.EXPORT: frozenset({R.AUDITOR, R.LIAISON_OFFICER, R.CUSTOMS_INSPECTOR}),
    Right.ISSUE_GATEPASS: _DESK,
    Right.ORDER_INSPECTION: frozenset(
        {R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.RISK_OFFICER, R.PHYTO_VET_SANITARY}
    ),
    Right.READ_INSPECTIONS: _OFFICERS | {R.LIAISON_OFFICER, R.AUDITOR},
    Right.READ_EQUIPMENT: _OFFICERS | {R.SITUATION_CENTRE, R.AUDITOR, R.ADMINISTRATOR},
    Right.REPORT_EQUIPMENT: _OFFICERS | {R.ADMINISTRATOR},
    Right.MANAGE_EQUIPMENT: frozenset({R.CUSTOMS_INSPECTOR, R.ADMINISTRATOR}),
    Right.SEIZE: STEP_ROLES[Stage.SEIZED],
    Right.SET_PRIORITIES: frozenset({R.RELEASE_OFFICER, R.ADMINISTRATOR}),
    Right.MATCH_ARRIVAL: frozenset({R.DOCUMENT_OFFICER, R.CUSTOMS_INSPECTOR}),
    Right.SET_LANE: frozenset({R.RISK_OFFICER}),
    Right.CONFIRM_LANE: frozenset({R.RISK_OFFICER, R.CUSTOMS_INSPECTOR}),
    Right.MARK_RISK: frozenset({R.RISK_OFFICER, R.CUSTOMS_INSPECTOR}),
    Right.MANAGE_PROFILES: frozenset({R.RISK_OFFICER}),
    Right.KEEP_WATCH_LIST: frozenset({R.BORDER_OFFICER}),
    Right.READ_WATCH_HITS: frozenset({R.BORDER_OFFICER, R.AUDITOR}),
    Right.CLOSE_AUDIT: frozenset({R.RISK_OFFICER, R.CUSTOMS_INSPECTOR}),
    Right.REPACK: frozenset({R.TALLY_CLERK, R.WAREHOUSE_KEEPER}),
    Right.COUNT_STOCK: frozenset({R.TALLY_CLERK, R.WAREHOUSE_KEEPER}),
    Right.REVIEW_COUNT: _DESK,
    Right.NOTE_DAMAGE: frozenset({R.TALLY_CLERK, R.WAREHOUSE_KEEPER, R.CUSTOMS_INSPECTOR}),
    Right.READ_STOCK: _FLOOR | _OFFICERS | _DESK | _WATCH | {R.ADMINISTRATOR},
    Right.HAND_OVER_SHIFT: _FLOOR | _OFFICERS | _DESK,
    Right.RECORD_COMPLAINT: _FLOOR | _OFFICERS | _DESK | {R.AGENCY_USER},
    Right.READ_COMPLAINTS: _DESK | {R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.AUDITOR},
    Right.ANSWER_COMPLAINT: frozenset({R.RELEASE_OFFICER, R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER}),
    Right.READ_MESSAGES: _DESK | _WATCH | {R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.RISK_OFFICER},
    Right.CONFIRM_INDICATION: frozenset({R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER}),
    Right.READ_SEIZURES: frozenset(
        {R.CUSTOMS_INSPECTOR, R.BORDER_OFFICER, R.RISK_OFFICER, R.LIAISON_OFFICER, R.AUDITOR}
    ),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. A device acts for nobody: it may only do the steps of its own point (``steps``)."""

    id: str
    roles: frozenset[Role] = frozenset()
    organisation: str | None = None
    steps: frozenset[Stage] = frozenset()  # for devices: what their point allows
    is_device: bool = False

    def may(self, right: Right) -> bool:
        """True when one of the roles carries the right."""
        return bool(self.roles & RIGHTS[right])

    def may_step(self, step: Stage) -> bool:
        """True when one of the roles (or the device's point) may take the step; no device takes a person's decision."""
        if self.is_device:
            return step in self.steps and step not in DECIDED_BY_PEOPLE
        return bool(self.roles & STEP_ROLES.get(step, frozenset()))
