"""GS1 element strings: what a GS1-128, DataMatrix, QR or DataBar carries, and its bracketed print.

Rules: GS1 General Specifications chapters 3 and 7, with the table of :mod:`workflows.identifiers.ai_table`.
A faulty element beside a good key becomes a note (check ID-09) and the key is used; a faulty key is an
:class:`Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from workflows.identifiers import ai_table
from workflows.identifiers.ai_table import Rule
from workflows.identifiers.checkdigits import gs1 as check_digit
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

FNC1 = "\x1d"
#: What keyboard wedges and log files print in place of ASCII 29.
SUBSTITUTES = ("<GS>", "{GS}", "[GS]", "(GS)", "<FNC1>", "{FNC1}", "\\x1d", "\\u001d", "\u241d", "^]")

_BRACKETED = re.compile(r"\((\d{2,4})\)")
_KEYS = (
    ("00", Kind.SSCC),
    ("01", Kind.GTIN),
    ("8006", Kind.ITIP),
    ("8003", Kind.GRAI),
    ("8004", Kind.GIAI),
    ("253", Kind.GDTI),
    ("8018", Kind.GSRN),
    ("402", Kind.GSIN),
    ("401", Kind.GINC),
    ("414", Kind.GLN),
    ("417", Kind.GLN),
    ("02", Kind.CONTENT),
)
_KIND_OF_AI = dict(_KEYS) | dict.fromkeys(("410", "411", "412", "413", "415", "416"), Kind.GLN)


@dataclass(slots=True)
class _Reading:
    """Elements and faults met while walking along an element string."""

    elements: list[Element] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faulty: list[tuple[Rule, str, str]] = field(default_factory=list)  # rule, data, fault
    unknown: str | None = None


def normalise_separators(text: str, separators: Iterable[str] = ()) -> str:
    """Put ASCII 29 where a wedge or a log wrote something else; ``separators`` are the scanner profile's own."""
    for substitute in (*separators, *SUBSTITUTES):
        if substitute in text:
            text = text.replace(substitute, FNC1)
    return text


def looks_bracketed(text: str) -> bool:
    """True for the printed form ``(00)095212340000000013``."""
    return _BRACKETED.match(text) is not None


def parse(text: str, *, today: date, symbology: str | None = None, whole: str | None = None) -> Result:
    """Read an element string (no symbology prefix, separators normalised).

    ``whole`` is the text as it came, for the result. Bracketed text is split at its brackets, so that no
    separators are needed there.
    """
    original = text if whole is None else whole
    reading = _walk_brackets(text, today) if looks_bracketed(text) else _walk(text.strip(FNC1), today)
    return _judge(reading, original, symbology, text, today)


def _walk(text: str, today: date) -> _Reading:
    reading = _Reading()
    at = 0
    while at < len(text):
        if text[at] == FNC1:
            at += 1
            continue
        rule = ai_table.rule_at(text, at)
        if rule is None:
            reading.unknown = text[at:].split(FNC1, 1)[0]
            end = text.find(FNC1, at)
            at = len(text) if end < 0 else end + 1
            continue
        at += len(rule.ai)
        end = text.find(FNC1, at)
        end = len(text) if end < 0 else end
        stop = end if rule.separator_after else min(end, at + rule.maximum)
        if rule.separator_after and stop - at > rule.maximum:
            stop = at + rule.maximum  # a lost separator: what follows is read as the next element
        _take(reading, rule, text[at:stop], today)
        at = stop
    return reading


def _walk_brackets(text: str, today: date) -> _Reading:
    reading = _Reading()
    starts = list(_BRACKETED.finditer(text))
    for place, match in enumerate(starts):
        end = starts[place + 1].start() if place + 1 < len(starts) else len(text)
        data = text[match.end() : end].strip(FNC1)
        rule = ai_table.table().get(match[1])
        if rule is None:
            reading.unknown = match[0] + data
            continue
        if rule.components[0].numeric:
            data = data.replace(" ", "")
        _take(reading, rule, data.strip(), today)
    return reading


def _take(reading: _Reading, rule: Rule, data: str, today: date) -> None:
    problem = ai_table.fault(rule, data, today)
    if problem is not None:
        reading.faulty.append((rule, data, problem))
        return
    for seen in reading.elements:
        if seen.ai == rule.ai:
            if seen.raw != data:
                reading.faulty.append((rule, data, "repeated"))
            return
    reading.elements.append(Element(rule.ai, data, _value(rule, data, today), rule.title))


def _value(rule: Rule, data: str, today: date) -> str:
    if rule.decimals is not None:
        return str(Decimal(data).scaleb(-rule.decimals))
    first = rule.components[0].linters
    if "yymmdd" in first or "yymmd0" in first:
        day = ai_table.gs1_date(data[:6], today, day_zero="yymmd0" in first)
        text = day.isoformat() if day else data
        if rule.ai in ("7003", "4324", "4325") and data[6:] != "9999":
            text += f"T{data[6:8]}:{data[8:10]}"
        return text
    if rule.ai == "421":
        return f"{data[:3]} / {data[3:]}"
    if rule.family in ("30", "37"):
        return str(int(data))
    return data


def _judge(reading: _Reading, original: str, symbology: str | None, text: str, today: date) -> Result:
    present = {element.ai: element for element in reading.elements}
    elements = tuple(reading.elements)
    notes = _notes(reading, present)
    for ai, kind in _KEYS:
        bad = next(((data, why) for rule, data, why in reading.faulty if rule.ai == ai), None)
        if bad is not None and not (ai in present and bad[1] != "repeated"):
            return _bad_key(
                kind, ai, bad, original=original, elements=elements, notes=notes, text=text, today=today
            )
        if ai in present:
            if kind is Kind.CONTENT and (reading.faulty or reading.unknown is not None):
                lost = _separator_lost(original, elements, notes, text, today)
                if lost is not None:
                    return lost
            return _identifier(
                kind,
                present[ai],
                present,
                original=original,
                symbology=symbology,
                elements=elements,
                notes=notes,
            )
    if reading.unknown is not None and not elements and not reading.faulty:
        return Unreadable(Reason.UNKNOWN_AI, original, Kind.GS1, {"at": reading.unknown[:12]})
    if reading.unknown is not None:
        return Unreadable(
            Reason.UNKNOWN_AI, original, Kind.GS1, {"at": reading.unknown[:12]}, None, elements, notes
        )
    for rule, data, why in reading.faulty:
        reason = Reason.CHECK_DIGIT if why == "csum" else Reason.BAD_ELEMENT
        facts = {"ai": rule.ai, "title": rule.title, "data": data, "fault": why}
        return Unreadable(reason, original, _KIND_OF_AI.get(rule.ai, Kind.GS1), facts, None, elements, notes)
    gln = next((e for e in elements if e.ai in ("410", "411", "412", "413", "415", "416")), None)
    if gln is not None and len(elements) == 1:
        return _identifier(
            Kind.GLN, gln, present, original=original, symbology=symbology, elements=elements, notes=notes
        )
    facts = {"ais": " ".join(present)} if present else {}
    return Unreadable(
        Reason.NO_KEY if elements else Reason.EMPTY, original, Kind.GS1, facts, None, elements, notes
    )


def _notes(reading: _Reading, present: dict[str, Element]) -> tuple[Note, ...]:
    rules = ai_table.table()
    notes = list(reading.notes)
    if reading.unknown is not None:
        notes.append(Note(NoteCode.UNKNOWN_AI, {"at": reading.unknown[:12]}))
    for rule, data, why in reading.faulty:
        code = NoteCode.REPEATED_AI if why == "repeated" else NoteCode.BAD_ELEMENT
        notes.append(Note(code, {"ai": rule.ai, "title": rule.title, "data": data, "fault": why}))
    names = {rules[ai].family for ai in present} | {rule.family for rule, _, _ in reading.faulty}
    for ai in present:
        rule = rules[ai]
        if rule.requires and not any(way <= names for way in rule.requires):
            ways = " or ".join("+".join(sorted(way)) for way in rule.requires)
            notes.append(Note(NoteCode.MISSING_COMPANION, {"ai": ai, "needs": ways}))
        clash = rule.excludes & (names - {rule.family})
        if clash or sum(rules[other].family == rule.family for other in present) > 1:
            others = " ".join(sorted(clash)) or rule.family
            notes.append(Note(NoteCode.EXCLUDED_COMPANION, {"ai": ai, "not_with": others}))
    return tuple(notes)


def _bad_key(
    kind: Kind,
    ai: str,
    bad: tuple[str, str],
    *,
    original: str,
    elements: tuple[Element, ...],
    notes: tuple[Note, ...],
    text: str,
    today: date,
) -> Unreadable:
    data, why = bad
    reason = {
        "csum": Reason.CHECK_DIGIT,
        "length": Reason.WRONG_LENGTH,
        "character": Reason.BAD_CHARACTER,
    }.get(why, Reason.BAD_ELEMENT)
    facts = {"ai": ai, "data": data, "fault": why}
    lost = _separator_lost(original, elements, notes, text, today)
    return lost or Unreadable(reason, original, kind, facts, None, elements, notes)


def _separator_lost(
    original: str, elements: tuple[Element, ...], notes: tuple[Note, ...], text: str, today: date
) -> Unreadable | None:
    """A refusal that proposes the SSCC when only swallowed separators explain the text; else None."""
    recovered = None if looks_bracketed(text) else recover_separators(text, today)
    if recovered is None:
        return None
    return Unreadable(Reason.SEPARATOR_LOST, original, Kind.SSCC, {}, recovered, elements, notes)


def _identifier(
    kind: Kind,
    key: Element,
    present: dict[str, Element],
    *,
    original: str,
    symbology: str | None,
    elements: tuple[Element, ...],
    notes: tuple[Note, ...],
) -> Identifier:
    def value(*ais: str) -> str | None:
        return next((present[ai].value for ai in ais if ai in present), None)

    def measure(prefix: str) -> Decimal | None:
        return next((Decimal(e.value) for e in elements if e.ai[:3] == prefix and len(e.ai) == 4), None)

    def day(*ais: str) -> date | None:
        text = value(*ais)
        return date.fromisoformat(text[:10]) if text else None

    count = value("37", "30")
    return Identifier(
        kind=kind,
        value=key.raw,
        text=original,
        display=f"({key.ai}){key.raw}",
        symbology=symbology,
        elements=elements,
        gtin=value("01", "02"),
        batch=value("10"),
        serial=value("21"),
        expiry=day("17", "7003"),
        best_before=day("15"),
        produced=day("11", "8008"),
        count=int(count) if count else None,
        gross_kg=measure("330"),
        net_kg=measure("310"),
        volume_m3=measure("336") or measure("316"),
        order=value("400"),
        notes=notes,
    )


def recover_separators(text: str, today: date) -> str | None:
    """The SSCC of an element string whose separators were swallowed, or None.

    Only when exactly one way of ending the variable-length elements lets the whole string be read without a
    fault, and that way holds a valid AI 00. It is a proposal for a person, never a reading.
    """
    found: set[str] = set()
    budget = [2_000]

    def search(at: int, sscc: str | None) -> None:
        budget[0] -= 1
        if budget[0] < 0 or len(found) > 1:
            return
        if at == len(text):
            if sscc is not None:
                found.add(sscc)
            return
        rule = ai_table.rule_at(text, at)
        if rule is None:
            return
        start = at + len(rule.ai)
        longest = min(rule.maximum, len(text) - start)
        shortest = rule.minimum if rule.separator_after else rule.maximum
        for length in range(longest, shortest - 1, -1):
            data = text[start : start + length]
            if FNC1 not in data and ai_table.fault(rule, data, today) is None:
                search(start + length, data if rule.ai == "00" else sscc)

    search(0, None)
    return found.pop() if len(found) == 1 and budget[0] >= 0 else None


def element_string(pairs: Sequence[tuple[str, str]]) -> str:
    """Element string of (AI, data) pairs, with separators exactly where they are needed.

    Raises ValueError for an unknown AI; the data are the caller's responsibility.
    """
    parts: list[str] = []
    for place, (ai, data) in enumerate(pairs):
        rule = ai_table.table().get(ai)
        if rule is None:
            raise ValueError(f"no application identifier {ai} in the table")
        last = place == len(pairs) - 1
        parts.append(ai + data + (FNC1 if rule.separator_after and not last else ""))
    return "".join(parts)


def with_check_digit(body: str) -> str:
    """A GS1 key from its body of digits, check digit appended. Raises ValueError for other characters."""
    if not is_digits(body):
        raise ValueError(f"a GS1 key body holds digits only: {body!r}")
    return body + check_digit(body)
