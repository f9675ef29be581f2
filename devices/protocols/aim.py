"""AIM symbology identifiers (ISO/IEC 15424) and the text of a scan: what every barcode codec shares.

``]`` + letter + modifier stands in front of the data when the reader is set to send it. The letter names the
symbology, letter and modifier together say whether the data are a GS1 element string.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from devices.protocols.checks import gs1_mod10

GS = "\x1d"

#: symbology letter -> name
SYMBOLOGIES: dict[str, str] = {
    "A": "Code 39",
    "B": "Telepen",
    "C": "Code 128",
    "D": "Code One",
    "E": "EAN/UPC",
    "F": "Codabar",
    "G": "Code 93",
    "H": "Code 11",
    "I": "Interleaved 2 of 5",
    "J": "DotCode",
    "K": "Code 16K",
    "L": "PDF417",
    "M": "MSI",
    "N": "Anker",
    "O": "Codablock",
    "P": "Plessey",
    "Q": "QR Code",
    "R": "Straight 2 of 5 (2-bar start/stop)",
    "S": "Straight 2 of 5 (3-bar start/stop)",
    "T": "Code 49",
    "U": "MaxiCode",
    "X": "Other",
    "Y": "System expansion",
    "Z": "Not a barcode",
    "c": "Channel Code",
    "d": "Data Matrix",
    "e": "GS1 DataBar",
    "g": "Grid Matrix",
    "h": "Han Xin",
    "o": "OCR",
    "p": "PosiCode",
    "s": "SuperCode",
    "u": "Ultracode",
    "z": "Aztec",
}

#: identifiers whose data are a GS1 element string
GS1_ELEMENT_STRINGS = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})

#: identifiers whose data carry ECI escapes (``\nnnnnn``, backslashes doubled)
ECI_IDENTIFIERS = frozenset({"]Q2", "]Q4", "]Q6", "]d4", "]d5", "]d6", "]L1", "]z3", "]z4", "]z5", "]h1"})

#: ECI number -> Python codec; what is not here is left as it came
ECI_CODECS: dict[int, str] = {
    0: "cp437",
    1: "iso8859-1",
    2: "cp437",
    3: "iso8859-1",
    4: "iso8859-2",
    5: "iso8859-3",
    6: "iso8859-4",
    7: "iso8859-5",
    8: "iso8859-6",
    9: "iso8859-7",
    10: "iso8859-8",
    11: "iso8859-9",
    12: "iso8859-10",
    13: "iso8859-11",
    15: "iso8859-13",
    16: "iso8859-14",
    17: "iso8859-15",
    18: "iso8859-16",
    20: "shift_jis",
    21: "cp1250",
    22: "cp1251",
    23: "cp1252",
    24: "cp1256",
    25: "utf-16-be",
    26: "utf-8",
    27: "ascii",
    28: "big5",
    29: "gb18030",
    30: "euc-kr",
    32: "gb18030",
    170: "ascii",
}

_IDENTIFIER = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_INSIDE = re.compile(rb"\][A-Za-z][0-9]")
_ECI = re.compile(rb"\\(?:([0-9]{6})|(\\))")
#: what a payload must not hold: control characters that no symbology and no envelope format uses
_FORBIDDEN = re.compile(rb"[\x00-\x03\x05-\x08\x0b\x0c\x0e-\x1b\x7f]")

#: identifier -> how many digits its data may have; 13 is the rule, 8 and 12 are UPC sent as printed
_DIGITS: dict[bytes, Iterable[int]] = {
    b"]E0": (8, 12, 13),
    b"]E1": (2,),
    b"]E2": (5,),
    b"]E3": (10, 13, 14, 15, 17, 18),
    b"]E4": (8,),
}


def identifier(data: bytes) -> str | None:
    """The AIM identifier at the start of ``data`` (``]C1``), None when there is none of a known symbology."""
    found = _IDENTIFIER.match(data)
    if not found or chr(data[1]) not in SYMBOLOGIES:
        return None
    return found[0].decode("ascii")


def is_element_string(aim: str | None) -> bool | None:
    """Whether the data are a GS1 element string; None when no identifier says so."""
    return None if aim is None else aim in GS1_ELEMENT_STRINGS


def damage(aim: str | None, payload: bytes) -> str | None:
    """Why ``payload`` cannot be what a scanner sent under ``aim``; None when nothing speaks against it."""
    if not payload:
        return "an identifier without data"
    if found := _FORBIDDEN.search(payload):
        return f"control character {found[0][0]:02X}h inside the data"
    if aim is None:
        return None
    key = aim.encode("ascii")
    if key in _DIGITS:
        lengths = tuple(_DIGITS[key])
        if not payload.isdigit() or len(payload) not in lengths:
            return f"{aim} carries {' or '.join(map(str, lengths))} digits, not {payload[:40]!r}"
        digits = payload.decode("ascii")
        if aim == "]E0" and len(digits) < 13 and digits[-1] != str(gs1_mod10(digits[:-1])):
            return f"{aim} carries 13 digits; {digits} is shorter and its check digit fits no UPC"
    elif aim[1] == "I" and not payload.isdigit():
        return f"{aim} carries digits only, not {payload[:40]!r}"
    if aim in GS1_ELEMENT_STRINGS and (inner := _INSIDE.search(payload)):
        return f"a second identifier {inner[0].decode('ascii')} inside the data: two scans ran together"
    return None


def decode_text(aim: str | None, payload: bytes, encoding: str) -> tuple[str, tuple[int, ...]]:
    """The payload as text, and the ECI numbers it was written with (escapes resolved, usually none).

    ``encoding`` applies up to the first ECI. Raises ``UnicodeDecodeError`` for bytes the encoding does not have.
    """
    if aim not in ECI_IDENTIFIERS or not _well_escaped(payload):
        return payload.decode(encoding), ()
    text: list[str] = []
    numbers: list[int] = []
    current, chunk, last = encoding, bytearray(), 0
    for found in _ECI.finditer(payload):
        chunk += payload[last : found.start()]
        last = found.end()
        if found[2]:
            chunk += b"\\"
            continue
        text.append(bytes(chunk).decode(current))
        chunk.clear()
        number = int(found[1])
        numbers.append(number)
        current = ECI_CODECS.get(number, encoding)
    chunk += payload[last:]
    text.append(bytes(chunk).decode(current))
    return "".join(text), tuple(numbers)


def _well_escaped(payload: bytes) -> bool:
    """True when every backslash belongs to an escape and there is at least one ECI number among them."""
    found = list(_ECI.finditer(payload))
    taken = sum(2 if escape[2] else 1 for escape in found)
    return taken == payload.count(b"\\") and any(escape[1] for escape in found)
