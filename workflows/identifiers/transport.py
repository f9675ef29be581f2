"""Numbers painted on or written for means of transport: containers, wagons, air waybills, TIR carnets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workflows.identifiers import checkdigits
from workflows.identifiers.checkdigits import is_digits
from workflows.identifiers.folding import fold_code, fold_digits, fold_lookalikes
from workflows.identifiers.keys import lookalike_notes
from workflows.identifiers.results import Identifier, Kind, Note, NoteCode, Reason, Result, Unreadable

_CONTAINER = re.compile(r"([A-Z]{3})([A-Z])([0-9]{6})([0-9])")
_CARNET = re.compile(r"[A-Z]{2}[0-9]{8,9}")
_HOLDER = re.compile(r"([A-Z]{3})/([0-9]{3})/([0-9]{1,10})")


def container(text: str) -> Result:
    """Read a container number (ISO 6346): three letters, U, J or Z, six digits, check digit.

    Remainder 10 is written 0 and accepted with a note. A size-type code behind the number (``45G1``) is not
    part of it and makes the length wrong.
    """
    folded = fold_code(text)
    match = _CONTAINER.fullmatch(folded.text)
    if match is None:
        right_length = len(folded.text) == 11
        reason = Reason.BAD_CHARACTER if right_length else Reason.WRONG_LENGTH
        facts = {"length": str(len(folded.text)), "expected": "11"}
        return Unreadable(reason, text, Kind.CONTAINER, facts, notes=lookalike_notes(folded))
    if match[2] not in "UJZ":
        facts = {"category": match[2], "expected": "U, J or Z"}
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.CONTAINER, facts, notes=lookalike_notes(folded))
    remainder = checkdigits.iso6346_remainder(folded.text[:10])
    if str(remainder % 10) != match[4]:
        facts = {"found": match[4], "expected": str(remainder % 10)}
        return Unreadable(Reason.CHECK_DIGIT, text, Kind.CONTAINER, facts, notes=lookalike_notes(folded))
    notes = lookalike_notes(folded)
    if remainder == 10:
        notes += (Note(NoteCode.SERIAL_ADVISED_AGAINST, {"remainder": "10"}),)
    display = f"{match[1]}{match[2]} {match[3]} {match[4]}"
    return Identifier(Kind.CONTAINER, folded.text, text, display, notes=notes)


def wagon(text: str) -> Result:
    """Read a wagon number: 8 digits (1,520 mm network) or 12 (UIC), Luhn check digit at the end.

    ``detail`` of a 12-digit number has the UIC country digits.
    """
    folded = fold_code(text)
    value = folded.text
    if len(value) not in (8, 12):
        facts = {"length": str(len(value)), "expected": "8 or 12"}
        return Unreadable(Reason.WRONG_LENGTH, text, Kind.WAGON, facts)
    if not is_digits(value):
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.WAGON)
    expected = checkdigits.luhn(value[:-1])
    if expected != value[-1]:
        return Unreadable(Reason.CHECK_DIGIT, text, Kind.WAGON, {"found": value[-1], "expected": expected})
    if len(value) == 12:
        display = f"{value[:2]} {value[2:4]} {value[4:8]} {value[8:11]}-{value[11]}"
        return Identifier(Kind.WAGON, value, text, display, detail={"form": "UIC", "country": value[2:4]})
    return Identifier(Kind.WAGON, value, text, value, detail={"form": "1520"})


def air_waybill(text: str) -> Result:
    """Read an air waybill number: airline prefix (3), serial (7), check digit = serial modulo 7."""
    value = fold_code(text).text
    if len(value) != 11:
        facts = {"length": str(len(value)), "expected": "11"}
        return Unreadable(Reason.WRONG_LENGTH, text, Kind.AWB, facts)
    if not is_digits(value):
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.AWB)
    expected = checkdigits.awb(value[3:10])
    if expected != value[10]:
        return Unreadable(Reason.CHECK_DIGIT, text, Kind.AWB, {"found": value[10], "expected": expected})
    return Identifier(Kind.AWB, value, text, f"{value[:3]}-{value[3:]}", detail={"airline": value[:3]})


def tir_carnet(text: str) -> Result:
    """Read a TIR carnet number: two letters and 8 or 9 digits; the inner check is not public, so form only."""
    folded = fold_code(text)
    if _CARNET.fullmatch(folded.text) is None:
        facts = {"length": str(len(folded.text)), "expected": "2 letters and 8 or 9 digits"}
        return Unreadable(Reason.UNKNOWN_FORM, text, Kind.TIR_CARNET, facts)
    return Identifier(Kind.TIR_CARNET, folded.text, text, folded.text, notes=lookalike_notes(folded))


def tir_holder(text: str) -> Result:
    """Read a TIR holder id ``AAA/BBB/digits``: country, association (three digits), holder."""
    folded = fold_lookalikes(re.sub(r"\s", "", fold_digits(text)).upper())
    match = _HOLDER.fullmatch(folded.text)
    if match is None:
        return Unreadable(Reason.UNKNOWN_FORM, text, Kind.TIR_HOLDER, {"expected": "UZB/053/12345"})
    return Identifier(
        Kind.TIR_HOLDER, folded.text, text, folded.text, detail={"country": match[1], "association": match[2]}
    )


def one_place_apart(left: str, right: str) -> bool:
    """True when two codes of equal length differ in exactly one character."""
    return len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 1


def one_slip_apart(left: str, right: str) -> bool:
    """True when one slip of the pen makes one code of the other: another character in one place, or two neighbours swapped."""
    if one_place_apart(left, right):
        return True
    if len(left) != len(right):
        return False
    places = [at for at, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    return (
        len(places) == 2
        and places[1] == places[0] + 1
        and left[places[0]] == right[places[1]]
        and left[places[1]] == right[places[0]]
    )


def propose(wrong: str, seen: Iterable[str]) -> str | None:
    """The one valid number among those seen that one slip parts from a declared wrong one.

    For wagons read by a portal and labels scanned at the dock: None when there is no such number or more than
    one. A person confirms; nothing is replaced here.
    """
    target = fold_code(wrong).text
    near = {candidate for candidate in (fold_code(s).text for s in seen) if one_slip_apart(target, candidate)}
    return near.pop() if len(near) == 1 else None
