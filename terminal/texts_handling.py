"""Sentences about places, tallies, repacking and stock counts."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.reason_text import Text
from terminal.web.i18n import N_
from workflows.outcomes import Reason

#: what is said of an undo
UNDONE: Mapping[str, str] = {
    "accepted": N_("The scan counts no more. Both are in the journal."),
    "already_done": N_("This scan was undone before. Nothing changed."),
}

HANDLING_REASONS: Mapping[Reason, Text] = {
    Reason.UNKNOWN_PLACE: Text(
        N_("There is no such place."),
        (N_("Scan the label of the place again."), N_("These places would do: %(instead)s.")),
        (N_("There is no place %(place)s."),),
    ),
    Reason.PLACE_FULL: Text(
        N_("This place is full."),
        (N_("These places would do: %(instead)s."), N_("Ask the warehouse keeper for another place.")),
        (N_("%(place)s is full: %(units)s of %(most)s units stand there."),),
    ),
    Reason.WRONG_PLACE: Text(
        N_("This unit may not stand here."),
        (
            N_("These places would do: %(instead)s."),
            N_("Ask the warehouse keeper for another place."),
        ),
        (
            N_(
                "%(place)s is too warm or too cold: it must be kept at %(needed)s, the place keeps %(given)s."
            ),
            N_("%(place)s is too near to %(near)s: hazard labels %(labels)s and %(standing)s."),
            N_("Hazard labels %(labels)s and %(standing)s may not stand together in %(place)s."),
            N_("Goods with hazard label %(classes)s may not stand in %(place)s."),
            N_("Food and goods with hazard label %(labels)s may not stand together in %(place)s."),
        ),
    ),
    Reason.UNIT_INSIDE: Text(
        N_("This unit stands inside another one."),
        (N_("Scan the outer unit, or take this one out of it first."),),
        (N_("This unit stands inside %(parent)s."),),
    ),
    Reason.NOT_TOGETHER: Text(
        N_("These units do not stand in the same place."),
        (N_("Bring them together and scan them into one place first."),),
        (N_("%(unit)s stands in %(place)s, not in %(needed)s."),),
    ),
    Reason.WEIGHTS_DO_NOT_ADD: Text(
        N_("The weights do not add up."),
        (N_("Weigh the parts. Something must be left, and no more can come out than was in it."),),
        (N_("%(unit)s weighs %(whole_kg)s, the parts %(parts_kg)s."),),
    ),
    Reason.LABEL_TAKEN: Text(
        N_("This label is in the books already."),
        (N_("Scan it at the tally station, or give the unit a label of its own."),),
        (
            N_("The label %(label)s belongs to %(consignment)s."),
            N_("The label %(label)s is in the books already."),
        ),
    ),
    Reason.NO_SSCC_PREFIX: Text(
        N_("This terminal has no numbers for labels of its own."),
        (N_("Ask the administrator to set the GS1 company prefix (sscc_prefix)."),),
    ),
    Reason.NOTHING_COUNTED: Text(
        N_("Nothing was counted yet."),
        (N_("Scan the units first, or write down the packages of each line."),),
    ),
    Reason.NOT_ON_LIST: Text(
        N_("This unit does not belong to this list."),
        (N_("Put it back. Scan a unit of the list."),),
        (N_("%(unit)s belongs to %(consignment)s, not to %(list)s."),),
    ),
    Reason.COUNT_RUNNING: Text(
        N_("This zone is being counted already."),
        (N_("Go on with that count, or close it first."),),
        (N_("Zone %(zone)s is being counted already."),),
    ),
    Reason.COUNT_CLOSED: Text(
        N_("This count is closed."),
        (N_("Begin another count of the zone."),),
    ),
    Reason.COUNTED_BY_YOU: Text(
        N_("Whoever counted does not decide about the differences."),
        (N_("Ask the document officer or the release officer."),),
    ),
    Reason.NOTHING_TO_UNDO: Text(
        N_("This scan changed nothing in the books, so there is nothing to undo."),
        (N_("If it lies with the late scans, ask a supervisor to keep the books as they are."),),
    ),
    Reason.UNDO_TOO_LATE: Text(
        N_("This scan can no longer be undone."),
        (
            N_(
                "Open the load of %(sealed)s: scan the unit with the step “Unload”, then seal and weigh again."
            ),
            N_("Tell the shift supervisor. What left with %(left_with)s is put right at the handover."),
            N_("Report the unit as lost on its page, and close the tally of %(tally_of)s again."),
            N_("Scan %(moved)s where it stands now: the latest scan counts."),
            N_("Ask a supervisor."),
        ),
        (
            N_("The unit has left the terminal with %(left_with)s."),
            N_("The load of %(sealed)s is closed: it was sealed or weighed out."),
            N_("The tally of %(tally_of)s is closed."),
            N_("%(moved)s was handled again after this scan: it is at “%(stage)s” now."),
        ),
    ),
    Reason.MOVED_SINCE: Text(
        N_("The unit was moved after the count."),
        (N_("Leave the books as they are, or count the zone again."),),
        (N_("%(unit)s stands in %(place)s now (%(stage)s)."),),
    ),
}
