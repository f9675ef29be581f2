"""Sentences about partial release and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

RELEASE_REASONS: Mapping[Reason, Text] = {
    Reason.CANNOT_JUDGE: Text(
        N_("A check cannot be judged yet, and that never counts as passed."),
        (
            N_(
                "Add what is missing, and it is told at once. If it will never come, customs makes a hold of the check and decides."
            ),
        ),
        (
            N_("Check %(check)s (%(on_what)s) cannot be judged yet. Missing: %(missing_fact)s."),
            N_("Check %(check)s cannot be judged yet. Missing: %(missing_fact)s."),
        ),
    ),
    Reason.NO_CUSTOMS_RELEASE: Text(
        N_("The customs release is missing."),
        (N_("Ask the customs inspector for the release."),),
        (
            N_("The customs release of %(consignment)s does not cover unit %(unit)s."),
            N_("The customs release of %(consignment)s does not cover these units: %(units)s."),
            N_("The customs release of %(consignment)s is missing."),
        ),
    ),
    Reason.NO_TERMINAL_RELEASE: Text(
        N_("The terminal release is missing."),
        (N_("Ask the release officer; it must be another person than the customs inspector."),),
        (
            N_("The terminal release of %(consignment)s does not cover unit %(unit)s."),
            N_("The terminal release of %(consignment)s does not cover these units: %(units)s."),
            N_("The terminal release of %(consignment)s is missing."),
        ),
    ),
    Reason.ALREADY_RELEASED: Text(
        N_("This was released before."),
        (N_("Take it out of the list: nothing is released twice."),),
        (
            N_("Unit %(unit)s is at “%(stage)s”: it cannot be released again."),
            N_("Unit %(unit)s was released before."),
        ),
    ),
    Reason.OTHER_VEHICLE: Text(
        N_("This was released for another vehicle."),
        (N_("Load it on the vehicle it was released for, or ask for another release."),),
        (N_("Unit %(unit)s was released for %(plate)s only."),),
    ),
    Reason.NOT_ACCOUNTED_FOR: Text(
        N_("Not every unit is accounted for."),
        (N_("Say of each unit where it ended: delivered, seized, destroyed or lost."),),
        (N_("Units of %(consignment)s still here or on the way: %(count)s."),),
    ),
    Reason.END_USE_NEEDED: Text(
        N_("The end use of these goods has not been stated."),
        (N_("Ask the sender who uses them, for what and how many, and add the end-use statement."),),
        (N_("The end use of line %(line)s has not been stated."),),
    ),
    Reason.EVIDENCE_NEEDED: Text(
        N_("A waiver names what it rests on."),
        (N_("Give the paper and its number, the file or the inspection."),),
    ),
}
