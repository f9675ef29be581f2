"""Words about the handover on the other bank."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

STEPS: Mapping[str, str] = {"handover_link": N_("Handover link"), "handover": N_("Handover")}

FIELDS: Mapping[str, str] = {
    "signature": N_("Signature"),
    "units": N_("Units"),
    "surplus": N_("Surplus"),
    "file": N_("File"),
    "code": N_("Code"),
}

EVENTS: Mapping[str, str] = {
    "HandoverLinkIssued": N_("Handover link issued"),
    "HandoverLinkEnded": N_("Handover link ended"),
    "HandoverRecorded": N_("Handover"),
    "UnitHandedOver": N_("Unit handed over"),
}

HANDOVER_WORDS: Mapping[str, Mapping[str, str]] = {
    "found": {
        "RECEIVED": N_("Received"),
        "DAMAGED": N_("Damaged"),
        "SHORT": N_("Missing"),
    },
    "short_for": {
        "NOT_ON_VEHICLE": N_("not on the vehicle"),
        "LOST_ON_WAY": N_("lost on the way"),
        "STOLEN": N_("stolen"),
        "KEPT_BY_AUTHORITY": N_("kept by an authority"),
        "NOT_ACCEPTED": N_("not accepted"),
        "OTHER": N_("another reason"),
    },
    "link_end": {
        "REPLACED": N_("another one was issued"),
        "TAKEN_BACK": N_("it was taken back"),
    },
    "via": {
        "LINK": N_("on a phone"),
        "PAPER": N_("from the signed sheet"),
        "FILE": N_("from a file"),
    },
    "lateness": {
        "ON_TIME": N_("On time"),
        "SOON": N_("Due soon"),
        "OVERDUE": N_("Overdue"),
        "OVER": N_("Handed over"),
    },
}

#: lateness -> (icon, tone)
LATENESS_LOOK: Mapping[str, tuple[str, str]] = {
    "ON_TIME": ("clock", "note"),
    "SOON": ("hourglass", "look"),
    "OVERDUE": ("triangle-alert", "stop"),
    "OVER": ("circle-check", "go"),
}
