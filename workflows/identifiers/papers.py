"""Numbers of papers and seals that carry no check digit: how they are normalised and compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.identifiers.folding import fold_code, fold_digits, fold_lookalikes

_SPREADSHEET_INTEGER = re.compile(r"(\d+)\.0+")


@dataclass(frozen=True, slots=True)
class TariffCode:
    """A commodity code as digits.

    ``zero_restored`` is set when a leading zero that a spreadsheet dropped was put back (5 or 9 digits);
    ``unsure`` when that was a guess; ``lookalikes`` when letters O or Cyrillic О stood for zeros.
    """

    digits: str
    zero_restored: bool = False
    unsure: bool = False
    lookalikes: bool = False


def tariff_code(text: str) -> TariffCode | None:
    """Normalise an HS or TIF TN code: dots and spaces off, a lost leading zero back; None when it is no code.

    Codes have 2, 4, 6, 8 or 10 digits. 5 and 9 digits have lost their zero for certain (chapters 01-09 written
    as a number); 3 and 7 are taken the same way but are unsure.
    """
    plain = fold_digits(text.strip())
    number = _SPREADSHEET_INTEGER.fullmatch(plain)
    # "8516.0" is a number cell; "8516.00" and "9503.00" are codes written with a point
    if number is not None and len(number[1]) > 4 and not re.fullmatch(r"\d{6}\.\d{2,4}", plain):
        plain = number[1]
    folded = fold_code(plain)
    digits = folded.text.replace("O", "0")
    swapped = digits != folded.text or bool(folded.lookalikes)
    if not (digits.isascii() and digits.isdigit()) or not 2 <= len(digits) <= 10:
        return None
    if len(digits) % 2:
        return TariffCode("0" + digits, True, len(digits) not in (5, 9), swapped)
    return TariffCode(digits, lookalikes=swapped)


def normalise_seal(text: str) -> str:
    """A seal number for comparing: letters and digits only, upper case, look-alikes Latin."""
    folded = fold_lookalikes(fold_digits(text).upper()).text
    return "".join(character for character in folded if character.isalnum())


def same_seal(declared: str, read: str) -> bool:
    """True when two seal numbers are the same seal: punctuation, spaces and case do not count."""
    return normalise_seal(declared) == normalise_seal(read)


def normalise_reference(text: str) -> str:
    """A waybill, permit or consignment number for comparing: no punctuation, no case, look-alikes Latin."""
    folded = fold_lookalikes(fold_digits(text).upper()).text
    return "".join(character for character in folded if character.isalnum()).casefold()
