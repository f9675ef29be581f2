"""Sentences for refusals about lanes, audits and risk profiles. None of them names a lane to those who may not know it."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

ROUTING_REASONS: Mapping[Reason, Text] = {
    Reason.INSPECTION_NEEDED: Text(
        N_("These goods must be inspected first."),
        (N_("Ask customs for an inspection, and wait for its result."),),
    ),
    Reason.LANE_FIXED: Text(
        N_("This lane cannot be lowered by a person."),
        (
            N_(
                "It was chosen by a rule that must hold, by the random draw, or by the minimum of the customs office."
            ),
        ),
    ),
    Reason.AUDIT_NOT_OPEN: Text(
        N_("There is no open audit for this consignment."), (N_("Open the list of audits again."),)
    ),
    Reason.PROFILE_UNFIT: Text(
        N_("This risk profile cannot be used."),
        (N_("Give it an owner, a reason, a last day within a year, a criterion, and points or a lane."),),
        (N_("This risk profile cannot be used: %(field)s."),),
    ),
}
