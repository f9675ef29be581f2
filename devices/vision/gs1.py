"""GS1 element strings out of a symbol's text, through biip: ``{"00": "3760...", "10": "LOT7"}`` or None.

Source of the rules: GS1 General Specifications, section 3 (application identifiers), 7.8 (separators).
"""

from __future__ import annotations

from biip import BiipException, ParseConfig
from biip.gs1_messages import GS1Message

from devices.vision.model import Decoded

FNC1 = "\x1d"
#: AIM identifiers that say "GS1 element string inside".
GS1_AIMS = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1", "]z1", "]L6"})
# A date that is no date is a fault of the data, reported by the checks on the consignment; it must
# not hide the SSCC that stands beside it.
_CONFIG = ParseConfig(separator_chars=(FNC1,), gs1_element_strings_verify_date=False)


def mod10(digits: str) -> bool:
    """True when the last digit is the GS1 check digit of the ones before it (weights 3, 1 from the right)."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) < 2:
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[-2::-1]))
    return (10 - total % 10) % 10 == int(digits[-1])


def check_digit(digits: str) -> int:
    """The GS1 check digit to put behind ``digits`` (all ASCII digits). Raises ValueError otherwise."""
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("a check digit is only defined for digits")
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[::-1]))
    return (10 - total % 10) % 10


def elements(text: str) -> dict[str, str] | None:
    """Application identifiers and values of an element string, or None when it is not a valid one.

    Leading and doubled separators are tolerated (scanners add them); check digits of SSCC (00) and
    GTIN (01, 02) must be right.
    """
    cleaned = FNC1.join(part for part in text.split(FNC1) if part)
    if not cleaned or not cleaned.isascii():
        return None
    try:
        message = GS1Message.parse(cleaned, config=_CONFIG)
    except (BiipException, ValueError, ArithmeticError):
        return None
    found: dict[str, str] = {}
    for element in message.element_strings:
        ai = element.ai.ai
        if ai in ("00", "01", "02") and not mod10(element.value):
            return None
        if found.setdefault(ai, element.value) != element.value:
            return None
    return found or None


def elements_of(code: Decoded) -> dict[str, str] | None:
    """The element strings of a decoded symbol, or None when it carries none.

    Where no engine reported an AIM identifier (zbar does not), a Code 128 counts as GS1-128 only if
    the whole text is an element string with an SSCC or GTIN whose check digit is right.
    """
    if code.aim in GS1_AIMS or code.symbology in ("GS1-128", "DataBarExpanded"):
        return elements(code.text)
    if code.symbology in ("DataBar", "DataBarLimited"):
        digits = code.text if len(code.text) == 16 else "01" + code.text
        return elements(digits)
    if code.aim is None and code.symbology in ("Code128", "QR"):
        found = elements(code.text)
        if found and found.keys() & {"00", "01", "02"}:
            return found
    return None


def sscc_of(code: Decoded) -> str | None:
    """The 18-digit SSCC that a symbol carries, or None."""
    found = elements_of(code)
    return found.get("00") if found else None
