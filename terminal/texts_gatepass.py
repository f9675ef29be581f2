"""Sentences about gate passes: what a good one asks for, and why another is worth nothing."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

GATEPASS_REASONS: Mapping[Reason, Text] = {
    Reason.GATEPASS_NOT_GOOD: Text(
        N_("This gate pass is not good."),
        (N_("Keep the vehicle here. Ask the release officer what happened, and for a new pass."),),
        (
            N_("This gate pass is for %(plate)s, but %(seen)s stands here."),
            N_("The gate pass of %(plate)s was taken back: %(revoked_for)s."),
            N_("The gate pass of %(plate)s ended at %(expires_at)s."),
            N_("The gate pass of %(plate)s was used: the vehicle is out."),
            N_("No gate pass of %(plate)s was good at %(offline_at)s, when the gate had no connection."),
        ),
    ),
}

#: A good pass was scanned; nothing is decided by it.
PASS_SEEN = N_(
    "Gate pass of %(plate)s. Compare plate and seals with the vehicle, then let it out at the gate."
)
