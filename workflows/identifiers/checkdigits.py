"""Check digits of the codes met at a terminal, as plain arithmetic over digit text.

Every function takes the body without its check digit and returns the digit as text. Callers have made sure
that the body holds only the characters named here.
"""

from __future__ import annotations

_ISO6346_VALUES = {
    character: value
    for value, character in zip(
        (v for v in range(39) if v % 11 or v == 0), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", strict=False
    )
}


def is_digits(text: str) -> bool:
    """True for a non-empty text of the ASCII digits only (``str.isdigit`` also takes other scripts)."""
    return text.isascii() and text.isdigit()


def gs1(body: str) -> str:
    """GS1 modulo 10: weights 3, 1, 3 ... from the right (GS1 General Specifications 7.9)."""
    total = 3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))
    return str(-total % 10)


def luhn(body: str) -> str:
    """Luhn over the digit sums of weights 2, 1, 2 ... from the right: UIC and 1,520 mm wagon numbers."""
    total = 0
    for place, character in enumerate(reversed(body)):
        product = int(character) * (2 if place % 2 == 0 else 1)
        total += product - 9 if product > 9 else product
    return str(-total % 10)


def iso6346_remainder(body: str) -> int:
    """Remainder 0..10 of a container number's first ten characters (ISO 6346); 10 is written as 0."""
    return sum(_ISO6346_VALUES[character] << place for place, character in enumerate(body)) % 11


def awb(serial: str) -> str:
    """Check digit of an air waybill: seven-digit serial modulo 7, so 0..6."""
    return str(int(serial) % 7)


def mrz(field: str) -> str:
    """Check digit of a machine-readable zone field: weights 7, 3, 1; A = 10 ... Z = 35; ``<`` = 0 (ICAO 9303)."""
    total = 0
    for place, character in enumerate(field):
        value = 0 if character == "<" else int(character, 36)
        total += value * (7, 3, 1)[place % 3]
    return str(total % 10)
