"""Entries of the journal that even its readers see only by name: seizures, complaints and messages of others."""

from __future__ import annotations

from terminal.cases import seizing
from terminal.store.reader import Reader
from workflows.complaint_state import may_read
from workflows.message_state import may_see
from workflows.roles import Actor, Right

#: kinds of subjects that may be withheld
KINDS = ("seizure:", "complaint:", "message:")


def withheld(subject: str, reader: Reader, who: Actor) -> bool:
    """True when the facts of entries about this subject are not for this reader."""
    kind, _, name = subject.partition(":")
    match kind:
        case "seizure":
            return seizing.hidden(subject, reader, who)
        case "complaint":
            complaint = reader.letters.complaint(name)
            return not (may_read(complaint, who) if complaint else who.may(Right.READ_COMPLAINTS))
        case "message":
            message = reader.letters.message(name)
            return not (may_see(message, who) if message else who.may(Right.READ_MESSAGES))
        case _:
            return False
