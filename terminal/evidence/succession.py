"""Passing on the pen: a note in which the key that signed until now names the key that signs from now on.

A signed note of four lines: ``karvon.succession/1``, the old verifier key, the new one, the time (UTC). Whoever believes
the old key may believe the new one because of it, without meeting anybody. A key that was lost or stolen writes none:
then the new key is handed over as the first one was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from terminal.evidence.cosigning import LOG, Unreadable, VerifierKey, read_key, read_signatures

if TYPE_CHECKING:
    from terminal.keys import SigningKey

HEAD = "karvon.succession/1"


def write(old: SigningKey, new: str, at: datetime) -> str:
    """The note, signed with the old key; ``new`` is the line of the new one."""
    return old.note(f"{HEAD}\n{old.public.line}\n{new}\n{at:%Y-%m-%dT%H:%M:%SZ}\n")


def read(note: str, keys: Iterable[VerifierKey]) -> VerifierKey:
    """The new key that one of these keys named. Raises :class:`Unreadable`."""
    text, gap, below = note.rpartition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) != 4 or lines[0] != HEAD:
        raise Unreadable("this is no note of succession")
    old, new = read_key(lines[1]), read_key(lines[2])
    for key in keys:
        for one in read_signatures(below):
            if key == old and one.id == key.id and key.signed(f"{text}\n".encode(), one.data):
                if new.kind != LOG or new.name != old.name:
                    raise Unreadable("the new key bears another name")
                return new
    raise Unreadable("none of the keys that are believed here signed this succession")


def split(text: str) -> list[str]:
    """The notes of a file that holds one after the other."""
    return [HEAD + part for part in text.split(HEAD)[1:]]
