"""Sentences about loading and about the handover on the other bank."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.cases.handover_files import BadRow
from terminal.reason_text import Text
from terminal.web.i18n import N_, Words
from workflows.outcomes import Reason

HANDOVER_REASONS: Mapping[Reason, Text] = {
    Reason.KEPT_APART: Text(
        N_("These dangerous goods may not travel on one vehicle."),
        (
            N_("Leave this unit at the dock and load it on another vehicle."),
            N_("If nothing else can carry it, take the other goods off first."),
        ),
        (N_("Class %(labels)s may not travel with class %(other_labels)s (unit %(other)s)."),),
    ),
    Reason.HANDOVER_LINK_NOT_GOOD: Text(
        N_("This link does not open any load."),
        (N_("Use the newest sheet of this load, or ask the terminal for a new link."),),
        (
            N_("This link ended at %(expires_at)s."),
            N_("This link is no longer good: %(ended_for)s."),
        ),
    ),
    Reason.NOT_ON_MANIFEST: Text(
        N_("A unit is named twice, or is not on this manifest."),
        (N_("Compare the label with the manifest. Report what is too much as surplus."),),
        (N_("Unit %(unit)s is named twice, or is not on this manifest."),),
    ),
    Reason.UNITS_NOT_MARKED: Text(
        N_("Not every unit is marked."),
        (N_("Mark each unit as received, damaged or missing, and send again."),),
        (N_("Not marked yet: %(count)s."),),
    ),
    Reason.ALREADY_HANDED_OVER: Text(
        N_("This load was handed over before."),
        (N_("If something was wrong, send it as a correction and write down why."),),
        (N_("This load was handed over at %(at)s."),),
    ),
}

#: what is wrong with a row, as an English message id
WRONG: Mapping[str, str] = {
    "too_large": N_("The file is too large."),
    "not_utf8": N_("This is not UTF-8 text. Save the file as UTF-8."),
    "not_csv": N_("This is no CSV file."),
    "not_json": N_("This is no JSON file."),
    "empty": N_("Nothing stands here."),
    "no_column": N_("The columns unit and found are needed."),
    "too_many": N_("The file has more rows than are taken at once."),
    "not_a_row": N_("This is no row."),
    "not_on_manifest": N_("This unit is not on the manifest of this vehicle."),
    "twice": N_("This unit stands in the file twice."),
    "unknown_word": N_("This word is not known in this column."),
}


def row_sentence(bad: BadRow, words: Words) -> str:
    """A row that was not taken, for people: where it stands, what stands there, and what is wrong with it."""
    where = words.gettext(N_("Row %(row)s, %(column)s “%(value)s”:")) % {
        "row": bad.row,
        "column": bad.column,
        "value": bad.value,
    }
    wrong = words.gettext(WRONG[bad.wrong])
    return f"{where} {wrong}" if bad.row and bad.column else wrong
