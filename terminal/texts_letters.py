"""Sentences about complaints, messages to liaison offices, and what came of an alarm."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

LETTER_REASONS: Mapping[Reason, Text] = {
    Reason.COMPLAINT_ABOUT_YOU: Text(
        N_("This complaint is about what you ordered, did or decided."),
        (N_("Somebody else answers it."),),
    ),
    Reason.COMPLAINT_ANSWERED: Text(
        N_("This complaint has been answered."),
        (N_("Open it again first, with the reason."),),
        (N_("The complaint %(complaint)s has been answered."),),
    ),
    Reason.CODE_TOO_HIGH: Text(
        N_("Nothing above “Law enforcement” is written here."),
        (N_("Give it by hand, as an encrypted file."),),
    ),
    Reason.CODE_TOO_LOW: Text(
        N_("The handling code is too low for what this message names."),
        (N_("Choose a stricter handling code, or leave out what asks for it."),),
        (N_("The handling code is too low: what this message names asks for “%(needed)s”."),),
    ),
    Reason.NOTHING_TO_CONFIRM: Text(
        N_("There is nothing to confirm: this inspection raised no alarm, or found the thing itself."),
        (N_("Confirm only anomalies and indications."),),
    ),
    Reason.OWN_ALARM: Text(
        N_("Whoever raised the alarm does not confirm it."),
        (N_("Ask another officer who has looked."),),
    ),
}
