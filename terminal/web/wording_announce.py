"""What milestones, priorities, kinds of organisations and the events of arriving are called."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_
from workflows.announce_state import Priority, Standing
from workflows.tracking import Milestone

MILESTONES: Mapping[str, str] = {
    Milestone.ANNOUNCED: N_("Announced"),
    Milestone.ARRIVED: N_("Arrived at the terminal"),
    Milestone.IN_WORK: N_("Being handled"),
    Milestone.LEFT: N_("Left the terminal"),
    Milestone.CROSSED: N_("Crossed the border"),
    Milestone.REACHED: N_("Reached Hairatan"),
    Milestone.DELIVERED: N_("Handed over"),
}
PRIORITIES: Mapping[str, str] = {
    Priority.NEEDED: N_("Needed most"),
    Priority.COLD_CHAIN: N_("Cold chain"),
    Priority.MEDICINE: N_("Medicines"),
    Priority.PERISHABLE: N_("Perishable"),
    Priority.ORDINARY: N_("Ordinary"),
}
STANDINGS: Mapping[str, str] = {
    Standing.DRAFT: N_("Draft"),
    Standing.SUBMITTED: N_("Submitted"),
    Standing.WITHDRAWN: N_("Withdrawn"),
}
ORGANISATION_KINDS: Mapping[str, str] = {
    "UN": N_("United Nations"),
    "RED_CROSS": N_("Red Cross and Red Crescent"),
    "NGO": N_("Non-governmental organisation"),
    "GOVERNMENT": N_("Government"),
    "LIAISON_OFFICE": N_("Border liaison office"),
    "OTHER": N_("Other"),
}
GOODS_TYPES: Mapping[str, str] = {
    "FOOD": N_("Food"),
    "FOOD_SPECIAL": N_("Therapeutic food"),
    "MEDICINE": N_("Medicines"),
    "VACCINE": N_("Vaccines"),
    "MEDICAL_DEVICE": N_("Medical devices"),
    "COLD_CHAIN": N_("Cold chain"),
    "SHELTER": N_("Shelter"),
    "HOUSEHOLD": N_("Household goods"),
    "WASH": N_("Water and hygiene"),
    "CRI": N_("Relief items"),
    "FUEL": N_("Fuel"),
    "SEED": N_("Seed"),
    "EDUCATION": N_("School goods"),
    "EQUIPMENT": N_("Equipment"),
    "TELECOM": N_("Telecommunication"),
    "VEHICLE": N_("Vehicles"),
    "TOOLS": N_("Tools"),
}
EVENTS: Mapping[str, str] = {
    "AnnouncementKept": N_("Announcement changed"),
    "PaperSent": N_("Paper attached"),
    "OrganisationListed": N_("Organisation on the list"),
    "NeedsSet": N_("What goes ahead was set"),
    "TrackingCodeGiven": N_("Tracking code given"),
    "VisitQueued": N_("Sent to a dock"),
    "VisitMatched": N_("Said what it brings"),
    "VisitCalledOff": N_("Called off"),
    "VisitRescheduled": N_("Time window changed"),
}

WEEKDAYS: Mapping[str, str] = {
    "1": N_("Monday"),
    "2": N_("Tuesday"),
    "3": N_("Wednesday"),
    "4": N_("Thursday"),
    "5": N_("Friday"),
    "6": N_("Saturday"),
    "7": N_("Sunday"),
}

ANNOUNCE_WORDS: Mapping[str, Mapping[str, str]] = {
    "milestone": MILESTONES,
    "priority": PRIORITIES,
    "announcement": STANDINGS,
    "organisation_kind": ORGANISATION_KINDS,
    "goods_type": GOODS_TYPES,
    "weekday": WEEKDAYS,
}
