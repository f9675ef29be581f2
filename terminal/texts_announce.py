"""What refusals say about announcing and arriving, and what to do then."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

ANNOUNCE_REASONS: Mapping[Reason, Text] = {
    Reason.NOT_INSIDE: Text(
        N_("This vehicle is not inside."),
        (
            N_("Look whether the plate is right. If the vehicle stands here, let it in first."),
            N_("If it came in without being let in, call the shift leader."),
        ),
        (N_("%(plate)s is not inside."),),
    ),
    Reason.NOT_MATCHED: Text(
        N_("Nobody announced this vehicle, and nobody has said yet what it brings."),
        (N_("The document officer says it on the page of vehicles without notice."),),
    ),
    Reason.NO_DRAFT: Text(
        N_("This announcement was submitted or withdrawn, so it cannot be changed here."),
        (N_("Open the consignment; papers and times are changed there."),),
    ),
    Reason.WINDOW_FULL: Text(
        N_("This time window is full."),
        (N_("Choose another hour; the list shows the free ones."),),
        (N_("The time window of %(plate)s is full."),),
    ),
    Reason.WINDOW_NOT_OPEN: Text(
        N_("This time window cannot be booked: it is past, too far ahead, or the terminal is closed."),
        (N_("Choose another hour; the list shows the free ones."),),
    ),
}
