"""Machine-readable zone of passports (ICAO 9303 part 4, TD3: two lines of 44 characters)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from workflows.identifiers import checkdigits
from workflows.identifiers.folding import fold_digits, fold_lookalikes
from workflows.identifiers.results import Identifier, Kind, Reason, Result, Unreadable

_LINE = re.compile(r"[A-Z0-9<]{44}")
_FIRST = re.compile(r"P[A-Z<][A-Z<]{3}[A-Z<]{39}")


@dataclass(frozen=True, slots=True)
class Passport:
    """What a valid zone says. Personal data: shown only to roles that need it."""

    number: str
    issuing_state: str
    nationality: str
    surname: str
    given_names: str
    born: date | None
    sex: str
    valid_until: date | None


def split_lines(text: str) -> tuple[str, str] | None:
    """The two lines of a TD3 zone from scanned or typed text (with or without a line break), or None."""
    if text.isascii():
        cleaned = re.sub(r"[\r\n\t ]+", "", text).upper()
    else:
        cleaned = fold_lookalikes(fold_digits(re.sub(r"[\s«‹]+", "", text)).upper()).text
    return (cleaned[:44], cleaned[44:]) if len(cleaned) == 88 and cleaned[0] == "P" else None


def passport_zone(text: str) -> Result:
    """Check every digit of a TD3 zone: document number, birth, expiry, optional data, composite.

    The optional check digit may be ``<`` or 0 when the data are empty. ``value`` is the document number;
    ``facts`` of a failure name the field.
    """
    lines = split_lines(text)
    if lines is None:
        return Unreadable(Reason.WRONG_LENGTH, text, Kind.PASSPORT, {"expected": "two lines of 44"})
    first, second = lines
    if not _LINE.fullmatch(first) or not _LINE.fullmatch(second) or not _FIRST.fullmatch(first):
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.PASSPORT)
    fields = (
        ("document number", second[:9], second[9]),
        ("birth date", second[13:19], second[19]),
        ("expiry date", second[21:27], second[27]),
        ("optional data", second[28:42], second[42]),
        ("composite", second[:10] + second[13:20] + second[21:43], second[43]),
    )
    for name, data, digit in fields:
        empty = name == "optional data" and not data.strip("<") and digit in "<0"
        if not empty and checkdigits.mrz(data) != digit:
            facts = {"field": name, "found": digit, "expected": checkdigits.mrz(data)}
            return Unreadable(Reason.CHECK_DIGIT, text, Kind.PASSPORT, facts)
    number = second[:9].replace("<", "")
    detail = {"issuing_state": first[2:5].strip("<"), "nationality": second[10:13].strip("<")}
    return Identifier(Kind.PASSPORT, number, text, number, detail=detail)


def read_passport(text: str, today: date) -> Passport | Unreadable:
    """The fields of a valid zone; birth lies in the past, expiry within half a century of today."""
    result = passport_zone(text)
    if isinstance(result, Unreadable):
        return result
    lines = split_lines(text)
    assert lines is not None
    first, second = lines
    surname, _, given = first[5:].strip("<").partition("<<")
    born = _date(second[13:19], today.year // 100 * 100)
    if born is not None and born > today:
        born = _date(second[13:19], today.year // 100 * 100 - 100)
    until = _date(second[21:27], today.year // 100 * 100)
    if until is not None and until.year - today.year < -49:
        until = _date(second[21:27], today.year // 100 * 100 + 100)
    return Passport(
        number=result.value,
        issuing_state=first[2:5].strip("<"),
        nationality=second[10:13].strip("<"),
        surname=surname.replace("<", " ").strip(),
        given_names=given.replace("<", " ").strip(),
        born=born,
        sex=second[20],
        valid_until=until,
    )


def _date(yymmdd: str, century: int) -> date | None:
    if not checkdigits.is_digits(yymmdd):
        return None
    try:
        return date(century + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return None
