"""Words of complaints and of messages to liaison offices."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

STEPS: Mapping[str, str] = {
    "record_complaint": N_("Record a complaint"),
    "answer_complaint": N_("Answer a complaint"),
    "write_message": N_("Write a message"),
    "read_message": N_("Open a message"),
    "confirm_indication": N_("Say what came of an alarm"),
}

EVENTS: Mapping[str, str] = {
    "ComplaintRecorded": N_("Complaint recorded"),
    "ComplaintTaken": N_("Complaint taken in hand"),
    "ComplaintAnswered": N_("Complaint answered"),
    "ComplaintReopened": N_("Complaint opened again"),
    "MessageSent": N_("Message written"),
    "MessageRead": N_("Message opened"),
    "AlarmConfirmed": N_("Said what came of an alarm"),
}

FIELDS: Mapping[str, str] = {
    "complainant": N_("Who complains"),
    "text": N_("Text"),
    "title": N_("Subject"),
    "office": N_("Liaison office"),
}

LETTER_WORDS: Mapping[str, Mapping[str, str]] = {
    "complaint_cause": {
        "STOP": N_("Vehicle or goods were held"),
        "INSPECTION": N_("How the inspection was done"),
        "DELAY": N_("Waiting too long"),
        "CONDUCT": N_("How somebody behaved"),
        "DAMAGE": N_("Damage"),
        "PERSONAL_DATA": N_("Personal data"),
        "OTHER": N_("Other"),
    },
    "complaint_standing": {
        "RECEIVED": N_("received"),
        "IN_HAND": N_("in hand"),
        "ANSWERED": N_("answered"),
    },
    "complaint_finding": {
        "UPHELD": N_("The complaint is right"),
        "PARTLY_UPHELD": N_("The complaint is partly right"),
        "NOT_UPHELD": N_("The complaint is not right"),
    },
    "alarm": {
        "YES": N_("something was there"),
        "NO": N_("nothing was there"),
        "OPEN": N_("nobody has said yet"),
    },
    "message_side": {"TERMINAL": N_("Terminal"), "LIAISON": N_("Liaison office")},
}
