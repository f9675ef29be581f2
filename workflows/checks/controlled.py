"""CTL: precursors, arms, dual-use goods, controlled medicines, infant feeding, telecom. Chapter 8.4.

Sources: INCB tables I and II, harmonised system 2022, WCO Programme Global Shield, 1961 and 1971 conventions,
guidance on breast-milk substitutes in emergencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from workflows.checks.case import Case
from workflows.checks.documents import ministries_heard
from workflows.checks.end_use import end_use_facts
from workflows.checks.facts import finding
from workflows.checks.goods import (
    arms_hit,
    hs_fits,
    hs_of,
    is_telecom,
    medicine_hits,
    policy_hit,
    precursor_hits,
    vocabularies,
    watch_hits,
)
from workflows.checks.memo import once_a_wording
from workflows.checks.words import Word, fold, same_word, words_of
from workflows.findings import Finding, Severity
from workflows.papers import Line

_QUANTITY = re.compile(r"[0-9]{1,9}([.,][0-9]{1,4})?")


def precursors(case: Case) -> Iterator[Finding]:
    """CTL-01: HS6, CAS number, UN number or name of a substance of INCB table I or II. Blocks with or without permit."""
    for line in case.papers.lines:
        hits = [hit for hit in precursor_hits(case, line) if hit.check == "CTL-01"]
        if hits:
            hit = hits[0]
            yield finding(
                "CTL-01", hit.severity, f"line:{line.no}", substance=hit.entry.name, table=hit.entry.table, by=hit.by,
                hs=line.hs_code, description=line.description,
            )  # fmt: skip


def arms(case: Case) -> Iterator[Finding]:
    """CTL-02: arms, ammunition, explosives, pyrotechnics by tariff prefix or UN class 1."""
    for line in case.papers.lines:
        if (hit := arms_hit(case, line)) is not None:
            yield finding(
                "CTL-02", hit.severity, f"line:{line.no}", category=hit.category, by=hit.by, what=hit.what, hs=line.hs_code,
                description=line.description,
            )  # fmt: skip


def dual_use(case: Case) -> Iterator[Finding]:
    """CTL-03: dual-use goods, IED components (HOLD), surveillance substances (WARN), shared subheadings (HOLD).

    With the declared quantity and what an end-use statement answers; a person decides on them, no answer ends it.
    """
    for line in case.papers.lines:
        watch = [hit for hit in watch_hits(case, line) if hit.code == "CTL-03"]
        chemical = [hit for hit in precursor_hits(case, line) if hit.check == "CTL-03"]
        facts = {"hs": line.hs_code, "description": line.description}
        facts |= end_use_facts(case.papers, line) if watch or chemical else {}
        if watch:
            hit = watch[0]
            yield finding(
                "CTL-03",
                hit.severity,
                f"line:{line.no}",
                category=hit.category,
                by=hit.by,
                what=hit.what,
                **facts,
            )
        elif chemical:
            worst = max(chemical, key=lambda hit: hit.severity.rank)
            yield finding(
                "CTL-03",
                worst.severity,
                f"line:{line.no}",
                category="SURVEILLANCE",
                by=worst.by,
                what=worst.entry.name,
                **facts,
            )


def controlled_medicines(case: Case) -> Iterator[Finding]:
    """CTL-04: a narcotic, psychotropic or nationally controlled substance; BLOCK while NARC_AUTH is missing.

    Where the authorisation states a quantity, more than that is told: of its substance, or of all when it names none.
    """
    severity = Severity.HOLD if case.documents("NARC_AUTH") else Severity.BLOCK
    found = [(line, hits) for line in case.papers.lines if (hits := medicine_hits(case, line))]
    for line, hits in found:
        names = [hit.inn for hit in hits]
        over: dict[str, object] = {}
        if (most := _authorised(case, names, line.quantity_unit)) is not None:
            together = [
                other.quantity or Decimal(0)
                for other, its in found
                if other.quantity_unit == line.quantity_unit and set(names) & {hit.inn for hit in its}
            ]
            total = sum(together, Decimal(0))
            over = {"why": "more_than_authorised", "total": total, "authorised": most} if total > most else {}
        yield finding(
            "CTL-04", severity, f"line:{line.no}", substance=", ".join(names), schedule=hits[0].kind,
            quantity=line.quantity, unit=line.quantity_unit, description=line.description, **over,
        )  # fmt: skip


def _authorised(case: Case, names: list[str], unit: str | None) -> Decimal | None:
    """What the authorisations allow of these substances in that unit; None when none states a quantity that can be compared."""
    stated = []
    for paper in case.documents("NARC_AUTH"):
        substance = str(paper.fields.get("substance") or "").casefold()
        said_unit = str(paper.fields.get("unit") or "").casefold()
        text = str(paper.fields.get("quantity") or "").strip()
        other_unit = bool(said_unit) and said_unit != (unit or "").casefold()
        other = bool(substance) and not any(substance == name.casefold() for name in names)
        if not other and not other_unit and _QUANTITY.fullmatch(text):
            stated.append(Decimal(text.replace(",", ".")))
    return sum(stated, Decimal(0)) if stated else None


def description_disagrees(case: Case) -> Iterator[Finding]:
    """CTL-05: the tariff code is too short where its heading holds controlled goods, or the goods named belong elsewhere.

    Only the head word of a description speaks ("Blanket, ..." not "bag for blankets"), and only when every chapter it
    can belong to is another one.
    """
    for line in case.papers.lines:
        hs = hs_of(line)
        if not hs or _already_told(case, line):
            continue
        if len(hs) < 6:
            held = sorted(_listed_below(case, hs))
            if held:
                surveillance = all(severity is Severity.WARN for _, severity in held)
                yield finding(
                    "CTL-05", Severity.WARN if surveillance else Severity.HOLD, f"line:{line.no}", why="short_code", hs=hs,
                    listed=[code for code, _ in held], description=line.description,
                )  # fmt: skip
                continue
        if (head := _head(case, line)) is not None:
            concept, word = head
            home = case.reference.words["heads"][concept]["hs"]
            if not hs_fits(hs, home):
                yield finding(
                    "CTL-05", Severity.HOLD, f"line:{line.no}", why="other_chapter", hs=hs, word=word, chapters=home,
                    description=line.description,
                )  # fmt: skip


def _already_told(case: Case, line: Line) -> bool:
    """True when an arms prefix already blocks the line: the contradiction adds nothing."""
    return any(hit.code == "CTL-02" for hit in watch_hits(case, line))


def _listed_below(case: Case, hs: str) -> set[tuple[str, Severity]]:
    """Listed subheadings under a code of fewer than six digits; a prefix that is listed itself is not short."""
    if any(hs.startswith(entry.prefix) for entry in case.reference.watch):
        return set()
    found = {(e.hs6, e.severity) for e in case.reference.precursors if e.hs6.startswith(hs)}
    found |= {(e.prefix, e.severity) for e in case.reference.watch if e.prefix.startswith(hs)}
    found |= {
        (code, Severity(word))
        for code, (_, word) in case.reference.policy.items()
        if code.startswith(hs) and word == Severity.HOLD.value
    }
    return found


@once_a_wording
def _head(case: Case, line: Line) -> tuple[str, str] | None:
    """(concept, word) of the head noun, or None when the description has none that is known, or names several things."""
    words, description = case.reference.words, line.description
    all_words = words_of(description)
    stops = [fold(stop) for stop in words["head_stops"]]
    if any(same_word(stop, word.text) for word in all_words for stop in stops):
        return None
    first = _first_part(all_words, frozenset(words["head_breaks"]))
    if not first:
        return None
    end = len(first)
    for match in vocabularies(case.reference).heads.find(description):
        if match.negated or match.end > end:
            continue
        cyrillic = any("\u0400" <= letter <= "\u04ff" for letter in first[match.start].text)
        if match.end == end or (cyrillic and match.end <= 2):
            return match.key, match.keyword
    return None


def _first_part(words: tuple[Word, ...], breaks: frozenset[str]) -> tuple[Word, ...]:
    """Words up to the first comma, bracket, number or preposition: where the thing itself is named."""
    for index, word in enumerate(words):
        if index and (
            any(c in word.before for c in ",;:(/") or word.text in breaks or word.text[0].isdigit()
        ):
            return words[:index]
    return words


def infant_feeding(case: Case) -> Iterator[Finding]:
    """CTL-06: infant formula, feeding bottles and teats need the decision of the nutrition coordination."""
    for line in case.papers.lines:
        if (hit := policy_hit(case, line)) is not None:
            severity, by, what = hit
            yield finding(
                "CTL-06",
                severity,
                f"line:{line.no}",
                by=by,
                what=what,
                hs=line.hs_code,
                description=line.description,
            )


def telecom(case: Case) -> Iterator[Finding]:
    """CTL-08: radio, VSAT and satellite equipment needs the Afghan communications ministry (AF_LINE_MINISTRY).

    With a clearance from that ministry it is shown for information.
    """
    held = case.documents("AF_LINE_MINISTRY")
    heard = ministries_heard(case, held) if held else frozenset()
    cleared = bool(held) and (heard is None or "telecom" in heard)
    for line in case.papers.lines:
        if (hit := is_telecom(case, line)) is not None:
            by, what = hit
            yield finding(
                "CTL-08", Severity.INFO if cleared else Severity.HOLD, f"line:{line.no}", by=by, what=what, hs=line.hs_code,
                description=line.description, cleared=cleared,
            )  # fmt: skip
