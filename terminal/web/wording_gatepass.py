"""Words about gate passes."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

STEPS: Mapping[str, str] = {"issue_gatepass": N_("Gate pass")}

EVENTS: Mapping[str, str] = {
    "GatePassIssued": N_("Gate pass issued"),
    "GatePassRevoked": N_("Gate pass taken back"),
}

GATEPASS_WORDS: Mapping[str, Mapping[str, str]] = {
    "revoked_for": {
        "HOLD": N_("a hold was placed"),
        "INSPECTION": N_("an inspection was ordered"),
        "APPROVAL": N_("an approval fell away"),
        "CHANGED": N_("the papers changed"),
        "OPENED": N_("the load was opened"),
        "SEALED": N_("other seals were put on"),
        "WEIGHED": N_("the vehicle was weighed again"),
        "REPLACED": N_("another pass was issued"),
    },
}
