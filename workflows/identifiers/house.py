"""Labels this terminal prints for itself: bays, points, badges, visits, consignments, devices.

Form: ``KRV:TYPE:CODE`` in capitals, e.g. ``KRV:BAY:B-07``. CODE is 1 to 40 of ``A-Z 0-9 . _ / -`` and begins
with a letter or digit, so that the label fits Code 128 and the alphanumeric mode of QR, and can be typed. A
badge holds a staff number, never a secret: it says who claims to act, a sign-in proves it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from workflows.identifiers.results import Identifier, Kind, Reason, Result, Unreadable

PREFIX = "KRV"
_CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")


class HouseKind(StrEnum):
    """What a house label stands on."""

    BAY = "BAY"  # storage place
    POINT = "POINT"  # gate, dock, weighbridge
    BADGE = "BADGE"  # a person's staff number
    VISIT = "VISIT"  # one vehicle at the terminal
    CONSIGNMENT = "CONS"
    DEVICE = "DEV"
    DOCUMENT = "DOC"
    ACTION = "ACT"  # a command card: confirm, undo, damaged ...


def house_label(kind: HouseKind, code: str) -> str:
    """The text to print for one of our own things. Raises ValueError for a code the label cannot carry."""
    upper = code.strip().upper()
    if _CODE.fullmatch(upper) is None:
        raise ValueError(
            f"house label code {code!r}: use 1 to 40 of A-Z 0-9 . _ / - and begin with A-Z or 0-9"
        )
    return f"{PREFIX}:{kind.value}:{upper}"


def is_house_label(text: str) -> bool:
    """True when a text claims to be one of ours."""
    return text[:4].upper() == PREFIX + ":"


def parse_house_label(text: str) -> Result:
    """Read one of our own labels; ``detail['type']`` is the :class:`HouseKind` value."""
    parts = text.strip().upper().split(":", 2)
    if len(parts) != 3 or parts[0] != PREFIX:
        return Unreadable(Reason.UNKNOWN_HOUSE_LABEL, text, Kind.HOUSE)
    if parts[1] not in set(HouseKind):
        return Unreadable(Reason.UNKNOWN_HOUSE_LABEL, text, Kind.HOUSE, {"type": parts[1][:12]})
    if _CODE.fullmatch(parts[2]) is None:
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.HOUSE, {"type": parts[1]})
    value = ":".join(parts)
    return Identifier(Kind.HOUSE, value, text, parts[2], detail={"type": parts[1], "code": parts[2]})
