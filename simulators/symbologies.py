"""Names of barcode kinds for scanners that send a type number instead of an AIM identifier."""

from __future__ import annotations

from collections.abc import Mapping

#: AIM identifier -> the name under which SSI knows the kind
_EXACT: Mapping[str, str] = {
    "]C1": "GS1-128",
    "]d2": "GS1 Data Matrix",
    "]Q3": "GS1 QR Code",
    "]E4": "EAN-8",
    "]e0": "GS1 DataBar",
}
_LETTERS: Mapping[str, str] = {
    "A": "Code 39",
    "C": "Code 128",
    "E": "EAN-13",
    "F": "Codabar",
    "G": "Code 93",
    "I": "Interleaved 2 of 5",
    "L": "PDF417",
    "Q": "QR Code",
    "U": "MaxiCode",
    "d": "Data Matrix",
    "e": "GS1 DataBar",
    "h": "Han Xin",
    "z": "Aztec",
}


def name_of(aim: str) -> str | None:
    """The kind that an AIM identifier means, None for one that has no name of its own."""
    return _EXACT.get(aim) or _LETTERS.get(aim[1:2])
