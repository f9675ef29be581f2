"""Sentences about handing a shift over."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

SHIFT_REASONS: Mapping[Reason, Text] = {
    Reason.OWN_SHIFT: Text(
        N_("Whoever hands a shift over does not take it over."),
        (N_("Let somebody of the next shift sign, here or in their own session."),),
    ),
}
