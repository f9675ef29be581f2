"""GS1 keys standing alone: SSCC, GTIN, GLN, GSIN, GDTI, GINC, as on a paper or in a form field."""

from __future__ import annotations

import re

from workflows.identifiers import checkdigits
from workflows.identifiers.ai_table import CHARACTER_SET_82
from workflows.identifiers.checkdigits import is_digits
from workflows.identifiers.folding import Folded, fold_code, fold_digits
from workflows.identifiers.results import Identifier, Kind, Note, NoteCode, Reason, Result, Unreadable

_LENGTHS: dict[Kind, tuple[int, ...]] = {
    Kind.SSCC: (18,),
    Kind.GTIN: (8, 12, 13, 14),
    Kind.GLN: (13,),
    Kind.GSIN: (17,),
    Kind.GSRN: (18,),
}
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[Ee]\+?\d{1,2}")
_FLOAT = re.compile(r"\d{15,19}[.,]0+")
_AI_PREFIX = {Kind.SSCC: "00", Kind.GSIN: "402", Kind.GLN: "414"}
_SWAPS = str.maketrans("OQDILZSB", "00011258")


def lookalike_notes(folded: Folded) -> tuple[Note, ...]:
    """The note of check DAT-02 for letters that folding replaced, or nothing."""
    if not folded.lookalikes:
        return ()
    return (Note(NoteCode.LOOKALIKE, {"letters": " ".join(dict.fromkeys(folded.lookalikes))}),)


def numeric_key(kind: Kind, text: str) -> Result:
    """Read one numeric GS1 key: SSCC (18 digits), GTIN (8, 12, 13, 14), GLN (13), GSIN (17), GSRN (18).

    ``(00)...`` and ``]C100...`` around an SSCC are taken off. A wrong check digit is never repaired; a
    spreadsheet's rounding or lost zero is named, and proposed when the check digit agrees.
    """
    stripped = text.strip()
    if not stripped:
        return Unreadable(Reason.EMPTY, text, kind)
    if kind is Kind.SSCC and len(text) == 18 and is_digits(text) and checkdigits.gs1(text[:-1]) == text[-1]:
        return Identifier(kind, text, text, text)  # as nearly all are: nothing to fold, nothing to take off
    if _SCIENTIFIC.fullmatch(stripped) or _FLOAT.fullmatch(stripped):
        return Unreadable(Reason.NUMBER_ROUNDED, text, kind, {"cause": "spreadsheet keeps 15 digits"})
    folded = fold_code(re.sub(r"^\][A-Za-z]\d", "", stripped))
    value, lengths = folded.text, _LENGTHS[kind]
    prefix = _AI_PREFIX.get(kind)
    if prefix and value.startswith(prefix) and len(value) == lengths[0] + len(prefix):
        value = value[len(prefix) :]
    if not is_digits(value):
        guess = value.translate(_SWAPS)
        fits = is_digits(guess) and len(guess) in lengths and checkdigits.gs1(guess[:-1]) == guess[-1]
        wrong = "".join(dict.fromkeys(c for c in value if not is_digits(c)))
        return Unreadable(Reason.BAD_CHARACTER, text, kind, {"characters": wrong}, guess if fits else None)
    if len(value) not in lengths:
        facts = {"length": str(len(value)), "expected": " or ".join(map(str, lengths))}
        padded = "0" + value
        if len(padded) in lengths and kind is not Kind.GTIN and checkdigits.gs1(value[:-1]) == value[-1]:
            return Unreadable(Reason.LEADING_ZERO_LOST, text, kind, facts, padded)
        return Unreadable(Reason.WRONG_LENGTH, text, kind, facts)
    expected = checkdigits.gs1(value[:-1])
    if expected != value[-1]:
        facts = {"found": value[-1], "expected": expected}
        if kind is Kind.SSCC and value.endswith("00"):
            facts["cause"] = "may have been rounded by a spreadsheet"
        return Unreadable(Reason.CHECK_DIGIT, text, kind, facts)
    if kind is Kind.GTIN:
        return Identifier(
            kind, value.zfill(14), text, value, gtin=value.zfill(14), notes=lookalike_notes(folded)
        )
    return Identifier(kind, value, text, value, notes=lookalike_notes(folded))


def sscc(text: str) -> Result:
    """Read a serial shipping container code as on a label or a paper."""
    return numeric_key(Kind.SSCC, text)


def gtin(text: str) -> Result:
    """Read a GTIN-8, -12, -13 or -14; the value is always written with 14 digits."""
    return numeric_key(Kind.GTIN, text)


def gdti(text: str) -> Result:
    """Read a document identifier: 13 digits with check digit, then up to 17 characters of serial."""
    value = fold_digits(text.strip()).replace("(253)", "")
    if len(value) < 13 or not is_digits(value[:13]):
        return Unreadable(Reason.WRONG_LENGTH, text, Kind.GDTI, {"length": str(len(value)), "expected": "13"})
    expected = checkdigits.gs1(value[:12])
    if expected != value[12]:
        return Unreadable(Reason.CHECK_DIGIT, text, Kind.GDTI, {"found": value[12], "expected": expected})
    if len(value) > 30 or not CHARACTER_SET_82.issuperset(value):
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.GDTI)
    return Identifier(Kind.GDTI, value, text, value)


def ginc(text: str) -> Result:
    """Read a grouping number of a carrier (AI 401): company prefix and free text, 30 characters at most."""
    value = fold_digits(text.strip()).replace("(401)", "")
    if not 4 < len(value) <= 30:
        facts = {"length": str(len(value)), "expected": "5 to 30"}
        return Unreadable(Reason.WRONG_LENGTH, text, Kind.GINC, facts)
    if not is_digits(value[:4]) or not CHARACTER_SET_82.issuperset(value):
        return Unreadable(Reason.BAD_CHARACTER, text, Kind.GINC)
    return Identifier(Kind.GINC, value, text, value)


def sscc_uri(value: str, prefix_length: int) -> str:
    """EPC URI of an SSCC: ``urn:epc:id:sscc:PREFIX.EXTENSION+SERIAL`` (TDS 6.3.2).

    ``prefix_length`` is the length of the sender's GS1 company prefix, 6 to 12 digits; a wrong one gives a
    wrong URI, so it comes from configuration, never from guessing.
    """
    return f"urn:epc:id:sscc:{value[1 : prefix_length + 1]}.{value[0]}{value[prefix_length + 1 : 17]}"


def sgln_uri(value: str, prefix_length: int, extension: str = "0") -> str:
    """EPC URI of a place: ``urn:epc:id:sgln:PREFIX.LOCATION.EXTENSION``, extension 0 for the place itself."""
    return f"urn:epc:id:sgln:{value[:prefix_length]}.{value[prefix_length:12]}.{extension}"


def gsin_uri(value: str, prefix_length: int) -> str:
    """EPC URI of a shipment: ``urn:epc:id:gsin:PREFIX.REFERENCE``."""
    return f"urn:epc:id:gsin:{value[:prefix_length]}.{value[prefix_length:16]}"


def digital_link(value: str, host: str = "id.gs1.org", ai: str = "00") -> str:
    """Digital Link of a key: ``https://HOST/AI/VALUE``."""
    return f"https://{host}/{ai}/{value}"
