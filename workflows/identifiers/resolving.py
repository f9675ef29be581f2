"""The one entry from whatever a scanner, camera or person gave to an identifier."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

from workflows.identifiers import (
    ai_table,
    checkdigits,
    folding,
    gs1,
    house,
    keys,
    links,
    passports,
    plates,
    transport,
)
from workflows.identifiers.checkdigits import is_digits
from workflows.identifiers.results import (
    Element,
    Identifier,
    Kind,
    Note,
    NoteCode,
    Reason,
    Result,
    Unreadable,
)

#: Longest text taken: a DataMatrix holds 3,116 digits.
LONGEST = 4_096

_AIM = re.compile(r"\](?P<letter>[A-Za-z])(?P<modifier>[0-9A-Za-z])")
_GS1_AIM = frozenset({"]C1", "]d2", "]Q3", "]e0", "]e1", "]e2", "]J1"})
_EAN_AIM = frozenset({"]E0", "]E1", "]E2", "]E3", "]E4"})
_SYMBOLOGY_NAMES: Mapping[str, str] = {
    "gs1128": "]C1", "ean128": "]C1", "ucc128": "]C1", "gs1datamatrix": "]d2", "gs1qr": "]Q3", "gs1qrcode": "]Q3",
    "databar": "]e0", "gs1databar": "]e0", "databarexpanded": "]e0", "code128": "]C0", "code39": "]A0",
    "itf": "]I1", "itf14": "]I1", "ean13": "]E0", "upca": "]E0", "upce": "]E0", "ean8": "]E4", "datamatrix": "]d1",
    "qr": "]Q1", "qrcode": "]Q1", "pdf417": "]L0", "aztec": "]z0",
}  # fmt: skip
_CONTROL = dict.fromkeys([*range(0x1D), 0x1E, 0x1F, 0x7F])

_CODE_READERS: Mapping[Kind, Callable[[str], Result]] = {
    Kind.SSCC: keys.sscc,
    Kind.GTIN: keys.gtin,
    Kind.GLN: lambda text: keys.numeric_key(Kind.GLN, text),
    Kind.GSIN: lambda text: keys.numeric_key(Kind.GSIN, text),
    Kind.GSRN: lambda text: keys.numeric_key(Kind.GSRN, text),
    Kind.GDTI: keys.gdti,
    Kind.GINC: keys.ginc,
    Kind.CONTAINER: transport.container,
    Kind.WAGON: transport.wagon,
    Kind.AWB: transport.air_waybill,
    Kind.TIR_CARNET: transport.tir_carnet,
    Kind.TIR_HOLDER: transport.tir_holder,
    Kind.PLATE: plates.plate,
    Kind.PASSPORT: passports.passport_zone,
    Kind.HOUSE: house.parse_house_label,
}
#: Which kinds plain digits of a length can be, likeliest first.
_BY_LENGTH: Mapping[int, tuple[Kind, ...]] = {
    8: (Kind.WAGON, Kind.GTIN),
    11: (Kind.AWB,),
    12: (Kind.WAGON, Kind.GTIN),
    13: (Kind.GTIN, Kind.GLN),
    14: (Kind.GTIN,),
    17: (Kind.GSIN,),
    18: (Kind.SSCC,),
}


def read_as(kind: Kind, text: str) -> Result:
    """Read a text as one given kind, for a field whose meaning is known (a column, a form field).

    Raises KeyError for kinds that only exist inside element strings (CONTENT, GRAI, GIAI, ITIP, GS1).
    """
    return _CODE_READERS[kind](text)


def resolve(
    text: str, symbology: str | None = None, *, today: date, separators: Iterable[str] = ()
) -> Result:
    """Say what a code is.

    ``symbology`` is the AIM identifier (``]C1``) or a common name (``gs1-128``, ``EAN13``) when the reader
    tells it apart from the text; an identifier at the head of the text wins. ``today`` decides centuries of
    GS1 dates. ``separators`` are what this scanner puts in place of ASCII 29. Never raises; see
    :class:`Unreadable` for the reasons.
    """
    if (found := _sscc_alone(text, symbology)) is not None and not separators:
        return found
    if len(text) > LONGEST:
        return Unreadable(Reason.TOO_LONG, text[:80], facts={"length": str(len(text))})
    body = gs1.normalise_separators(text, separators).translate(_CONTROL).strip(" \u00a0\ufeff")
    if not body.strip(gs1.FNC1):
        return Unreadable(Reason.EMPTY, text)
    meant = folding.unscramble_layout(body)
    if meant is None:
        return _resolve(body, text, symbology, today)
    as_typed = _resolve(body, text, symbology, today)
    as_keys = _resolve(gs1.normalise_separators(meant, separators), text, symbology, today)
    return _choose(as_typed, as_keys)


def _sscc_alone(text: str, symbology: str | None) -> Identifier | None:
    """What the whole reading gives for a label that carries a sound SSCC and nothing else, found without it.

    Nearly every scan of a day is one of these: digits of a plain symbol, or ``]C100`` and digits.
    """
    marked = len(text) == 23 and text.startswith("]C100")
    if not marked and len(text) != 18 and not (len(text) == 20 and text.startswith("00")):
        return None
    value = text[-18:]
    if not is_digits(text[3:]) or checkdigits.gs1(value[:-1]) != value[-1]:
        return None
    if marked:
        element = Element("00", value, value, ai_table.table()["00"].title)
        return Identifier(Kind.SSCC, value, text, f"(00){value}", "]C1", (element,))
    aim = _aim(symbology)
    if not is_digits(text[:3]) or aim in _GS1_AIM or aim in _EAN_AIM:
        return None
    return Identifier(Kind.SSCC, value, text, value, aim)


def _choose(as_typed: Result, as_keys: Result) -> Result:
    """Between look-alike letters and a wrong keyboard layout: whichever gives a valid code.

    Plates have no check digit, so a typed plate stays what it looks like.
    """
    if isinstance(as_keys, Unreadable) or (
        isinstance(as_typed, Identifier) and Kind.PLATE in (as_typed.kind, as_keys.kind)
    ):
        return (
            as_typed
            if isinstance(as_typed, Identifier) or isinstance(as_keys, Identifier)
            else (as_keys if as_typed.reason is Reason.UNKNOWN_FORM and as_keys.kind else as_typed)
        )
    recovered = replace(as_keys, notes=(Note(NoteCode.LAYOUT), *as_keys.notes))
    if isinstance(as_typed, Unreadable) or as_typed.value == as_keys.value:
        # the same value either way has nothing to do with letters: digits only, and a stray № or so
        return recovered
    facts = {"as_typed": as_typed.value, "as_keys": as_keys.value}
    return Unreadable(Reason.AMBIGUOUS, as_typed.text, as_typed.kind, facts)


def _aim(symbology: str | None) -> str | None:
    if symbology is None:
        return None
    if _AIM.fullmatch(symbology):
        return symbology
    return _SYMBOLOGY_NAMES.get("".join(c for c in symbology.lower() if c.isalnum()))


def _resolve(body: str, text: str, symbology: str | None, today: date) -> Result:
    aim = _aim(symbology)
    head = _AIM.match(folding.fold_lookalikes(body[:3]).text)
    if head is not None:
        # symbology letters are case-sensitive, but wedges with Caps Lock are not: GS1 ones are recognised anyway
        aim = next((known for known in _GS1_AIM if known.lower() == head[0].lower()), head[0])
        body = body[3:].strip()
        if not body.strip(gs1.FNC1):
            return Unreadable(Reason.EMPTY, text)
    if house.is_house_label(folding.fold_lookalikes(body).text):
        folded = folding.fold_lookalikes(body)
        return _carry(house.parse_house_label(folded.text), text, aim, keys.lookalike_notes(folded))
    if links.looks_like_link(body):
        return _carry(links.parse_link(body, today=today, symbology=aim), text, aim)
    if body[:8].lower() == "urn:epc:":
        return _carry(links.parse_urn(body, today=today, symbology=aim), text, aim)
    starts_with_fnc1 = body.startswith(gs1.FNC1)
    if aim in _GS1_AIM or starts_with_fnc1 or gs1.FNC1 in body or gs1.looks_bracketed(body):
        return _element_string(body, text, aim, today)
    return _plain(body, text, aim, today)


def _element_string(body: str, text: str, aim: str | None, today: date) -> Result:
    folded = folding.fold_lookalikes(folding.fold_digits(body))
    notes = keys.lookalike_notes(folded)
    result = gs1.parse(folded.text, today=today, symbology=aim, whole=text)
    return _carry(result, text, aim, notes)


def _carry(result: Result, text: str, aim: str | None, notes: tuple[Note, ...] = ()) -> Result:
    if isinstance(result, Identifier):
        return replace(result, text=text, symbology=aim, notes=notes + result.notes)
    return replace(result, text=text, notes=notes + result.notes)


def _plain(body: str, text: str, aim: str | None, today: date) -> Result:
    """Data of a symbol that says nothing about its content, or typed by hand: told apart by form."""
    if passports.split_lines(body) is not None:
        return _carry(passports.passport_zone(body), text, aim)
    if "/" in body:
        holder = transport.tir_holder(body)
        if isinstance(holder, Identifier):
            return _carry(holder, text, aim)
    folded = folding.fold_code(body)
    code = folded.text
    if is_digits(code):
        return _digits(code, body, text, aim, today)
    rounded = keys.sscc(body)
    if isinstance(rounded, Unreadable) and rounded.reason is Reason.NUMBER_ROUNDED:
        return _carry(rounded, text, aim)
    for reader in (transport.container, transport.tir_carnet):
        found = reader(body)
        if isinstance(found, Identifier):
            return _carry(found, text, aim)
    container = transport.container(body)
    if re.fullmatch(r"[A-Z]{3}[UJZ][0-9]{6,8}", code):
        return _carry(container, text, aim)
    found = plates.plate(body)
    if isinstance(found, Identifier):
        return _carry(found, text, aim)
    strings = _gs1_without_saying(body, text, aim, today)
    if strings is not None:
        return strings
    if len(code) in (18, 20) and isinstance(rounded, Unreadable) and rounded.proposal is not None:
        return _carry(rounded, text, aim)
    return Unreadable(Reason.UNKNOWN_FORM, text, facts={"length": str(len(code))})


def _digits(code: str, body: str, text: str, aim: str | None, today: date) -> Result:
    kinds = _BY_LENGTH.get(len(code), ())
    if aim in _EAN_AIM:
        kinds = (Kind.GTIN, Kind.GLN) if len(code) == 13 else (Kind.GTIN,)
    if len(code) == 20 and code.startswith("00"):
        kinds = (Kind.SSCC,)
    results = [read_as(kind, body) for kind in kinds]
    valid = [result for result in results if isinstance(result, Identifier)]
    if valid:
        alternatives = tuple((other.kind, other.value) for other in valid[1:])
        if len(code) == 17:
            alternatives += ((Kind.SSCC, "0" + code),)
        first = _carry(valid[0], text, aim)
        assert isinstance(first, Identifier)
        return replace(first, alternatives=alternatives)
    strings = _gs1_without_saying(body, text, aim, today)
    if strings is not None:
        return strings
    if results:
        return _carry(results[0], text, aim)
    if len(code) in (16, 19):
        return _carry(keys.sscc(body), text, aim)
    if len(code) in (7, 9, 10):
        return _carry(transport.wagon(body), text, aim)
    return Unreadable(Reason.UNKNOWN_FORM, text, facts={"length": str(len(code))})


def _gs1_without_saying(body: str, text: str, aim: str | None, today: date) -> Result | None:
    """An element string in a plain symbol: taken only when every part of it is sound and it holds a key.

    A faulty one is reported as such when it begins like a logistics label (``00`` or ``01`` or ``02``).
    """
    if len(body) < 16:
        return None
    result = gs1.parse(body, today=today, symbology=aim, whole=text)
    if isinstance(result, Identifier) and not any(
        note.code in (NoteCode.UNKNOWN_AI, NoteCode.BAD_ELEMENT) for note in result.notes
    ):
        return _carry(result, text, aim, (Note(NoteCode.PLAIN_SYMBOL),))
    starts = {"00": 20, "01": 16, "02": 16}
    return _carry(result, text, aim) if len(body) >= starts.get(body[:2], 10_000) else None
