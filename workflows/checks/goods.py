"""What a line of goods is: its types, its controlled and dangerous sides, read from tariff code and words.

Words support the tariff code, they do not decide alone (chapter 8.4 of the domain notes). Everything here is
shared by the checks; a fact is found once and cited by several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workflows.checks.case import Case
from workflows.checks.memo import once_a_wording
from workflows.checks.reference import (
    ControlledMedicine,
    Precursor,
    Reference,
    UnNumber,
    WatchEntry,
)
from workflows.checks.words import Vocabulary, words_of
from workflows.findings import Severity
from workflows.papers import Line

#: Explosives and pyrotechnics (3601-3604) are listed with every subheading: the heading alone is enough.
_WHOLE_HEADINGS = frozenset({"EXPLOSIVE", "PYROTECHNIC"})
_TEST_STRIPS = "3822"
_CAS = re.compile(r"(?<!\d)(\d{2,7}-\d{2}-\d)(?!\d)")
_UN_IN_TEXT = re.compile(r"\bUN[\s-]?(\d{4})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PrecursorHit:
    """A precursor on a line, and by what it was known: ``hs``, ``name``, ``cas`` or ``un``."""

    entry: Precursor
    by: str
    check: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class WatchHit:
    """A watch entry on a line, known by ``hs`` or ``name``."""

    code: str
    severity: Severity
    category: str
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Suspected:
    """Dangerous goods that nobody declared: the UN number implied, and the word or code that implies it."""

    un: str
    by: str
    word: str


class Vocabularies:
    """The word lists of one reference, cut once."""

    def __init__(self, reference: Reference) -> None:
        words = reference.words
        harmless = words["harmless"]
        dangerous = {
            un: [*keywords, *words["dangerous_more"].get(un, ())]
            for un, keywords in reference.dg_keywords.items()
        }
        for un, keywords in words["dangerous_more"].items():
            dangerous.setdefault(un, list(keywords))
        self.dangerous = Vocabulary(dangerous, harmless)
        self.precursors = Vocabulary(
            {
                entry.hs6 + entry.name: [
                    *_plain_names(entry.names),
                    *words["precursor_more"].get(entry.hs6, ()),
                ]
                for entry in reference.precursors
            },
            harmless,
        )
        self.medicines = Vocabulary(
            {m.inn: [*m.names, *words["medicines_more"].get(m.inn, ())] for m in reference.medicines},
            harmless,
        )
        self.watch = Vocabulary({key: group["words"] for key, group in words["watch"].items()}, harmless)
        self.arms = Vocabulary({"arms": words["arms"]}, harmless)
        self.infant = Vocabulary({"infant": words["infant"]["words"]}, harmless)
        self.telecom = Vocabulary({"telecom": words["telecom"]["words"]}, harmless)
        self.types = Vocabulary(words["goods_type_words"], harmless)
        self.not_fuel = Vocabulary({"no": words["not_fuel"]})
        self.articles = Vocabulary({"article": words["article_words"]})
        self.forms = Vocabulary({"form": words["medicine_forms"]})
        self.heads = Vocabulary({key: group["words"] for key, group in words["heads"].items()}, harmless)
        self.ministries = Vocabulary(words["ministries"])
        self.denials = Vocabulary(words["denied_by"])
        self.vague = sorted(
            (tuple(word.text for word in words_of(text)) for text in words["vague"]), key=len, reverse=True
        )
        self.preparations = frozenset(m.hs6 for m in reference.medicines if m.kind == "PREP")
        self.precursors_by = _places_of(
            (key, place)
            for place, entry in enumerate(reference.precursors)
            for key in (entry.hs6, entry.cas, entry.un_number, entry.hs6 + entry.name)
            if key
        )
        self.watch_by = _places_of((entry.prefix, place) for place, entry in enumerate(reference.watch))
        self.whole_headings = _places_of(
            (entry.prefix[:4], place)
            for place, entry in enumerate(reference.watch)
            if entry.category in _WHOLE_HEADINGS
        )


def _places_of(pairs: Iterable[tuple[str, int]]) -> Mapping[str, tuple[int, ...]]:
    """Key -> places in a table where it stands: most lines are like no entry, and need not be held against each."""
    found: dict[str, list[int]] = {}
    for key, place in pairs:
        found.setdefault(key, []).append(place)
    return {key: tuple(places) for key, places in found.items()}


def _plain_names(names: tuple[str, ...]) -> list[str]:
    """Names without the notes in them: "Ephedrine and salts", "Ethyl ether (diethyl ether)", lists by comma."""
    found = []
    for name in names:
        bare = re.sub(r"\s+and (salts|esters)\b", "", name)
        bare = re.sub(
            r", methyl glycidic acid and esters|methyl glycidic acid and esters|glycidates", "", bare
        )
        inner = re.findall(r"\(([^)]*)\)", bare)
        outer = re.sub(r"\([^)]*\)", " ", bare)
        if re.match(r"[\d(]", name) or "1,3" in name:
            found.append(outer.strip())
        else:
            found.extend(part.strip() for part in outer.split(", "))
        for text in inner:
            if not re.fullmatch(r"[\d, ]+|red|препараты", text):
                found.extend(part.strip() for part in re.split(r", (?!\d)", text))
    # three letters are as often a company as a chemical
    return [name for name in found if len(name) > 3]


@lru_cache(maxsize=8)
def vocabularies(reference: Reference) -> Vocabularies:
    """The cut word lists of a reference; one copy per set of tables."""
    return Vocabularies(reference)


def hs_of(line: Line) -> str:
    """The tariff code of a line as digits, or an empty text."""
    return line.hs_code or ""


def hs_fits(hs: str, prefixes: Any) -> bool:
    """True when the code starts with one of the prefixes (or is the start of one)."""
    return any(hs.startswith(prefix) or prefix.startswith(hs) for prefix in prefixes if hs)


@once_a_wording
def precursor_hits(case: Case, line: Line) -> tuple[PrecursorHit, ...]:
    """Precursors of INCB table I and II and of the surveillance list on one line.

    A shared subheading needs the name or CAS number; the code alone gives CTL-03. A medicine (chapter 30) with
    ephedrine in it is a preparation, not the precursor: CTL-04 speaks about it. Sulphuric acid inside a battery
    is part of the battery.
    """
    words, hs = vocabularies(case.reference), hs_of(line)
    named = {match.key for match in words.precursors.find(line.description) if not match.negated}
    cas = set(_CAS.findall(line.description)) | ({line.cas_number} if line.cas_number else set())
    made = (len(hs) >= 2 and hs[:2] >= "39") or hs.startswith(_TEST_STRIPS)
    article = made and bool(words.articles.keys_in(line.description))
    hits = []
    keys = {*named, *cas, line.un_number or "", hs[:6]}
    for place in sorted({place for key in keys for place in words.precursors_by.get(key, ())}):
        entry, by = case.reference.precursors[place], None
        if entry.cas and entry.cas in cas:
            by = "cas"
        elif entry.un_number and entry.un_number == line.un_number:
            by = "un"
        elif entry.hs6 + entry.name in named and not article:
            preparation = entry.hs6.startswith("29394") and (hs[:2] == "30" or hs[:6] in words.preparations)
            battery = hs[:4] in ("8507", "8506") or line.un_number in ("2794", "2800")
            by = None if preparation or (battery and entry.hs6 == "280700") else "name"
        if by is None and len(hs) >= 6 and hs[:6] == entry.hs6:
            by = "hs"
        if by == "hs" and not entry.by_hs6:
            hits.append(PrecursorHit(entry, by, "CTL-03", Severity.HOLD))
        elif by is not None:
            hits.append(PrecursorHit(entry, by, entry.check, entry.severity))
    if any(hit.check == "CTL-01" for hit in hits):
        hits = [hit for hit in hits if hit.check == "CTL-01"]
    return tuple(hits)


@once_a_wording
def watch_hits(case: Case, line: Line) -> tuple[WatchHit, ...]:
    """Watch entries on one line: by tariff prefix, or by words that speak for themselves (CTL-03 only)."""
    hs, hits = hs_of(line), list[WatchHit]()
    words = vocabularies(case.reference)
    places = {place for length in range(1, len(hs) + 1) for place in words.watch_by.get(hs[:length], ())}
    if len(hs) == 4:
        places |= set(words.whole_headings.get(hs, ()))
    hits += [_watch_hit(case.reference.watch[place]) for place in sorted(places)]
    if not any(hit.code == "CTL-03" for hit in hits):
        for key in sorted(words.watch.keys_in(line.description)):
            group = case.reference.words["watch"][key]
            fits = not hs or (
                hs[:2] not in group.get("not_hs", ())
                if group["strong"]
                else hs_fits(hs, group["near"]) and len(hs) < 6
            )
            if fits:
                hits.append(WatchHit("CTL-03", Severity.HOLD, key, "name", key))
    return tuple(hits)


def _watch_hit(entry: WatchEntry) -> WatchHit:
    return WatchHit(entry.check, entry.severity, entry.category, "hs", entry.name)


@once_a_wording
def arms_hit(case: Case, line: Line) -> WatchHit | None:
    """Arms or explosives (CTL-02): by tariff prefix, by a UN number or class of class 1, or by words without any code.

    A word beside a tariff code of other goods is no arms hit: CTL-05 asks about the contradiction.
    """
    for hit in watch_hits(case, line):
        if hit.code == "CTL-02":
            return hit
    if any(label.startswith("1") and not label.startswith("10") for label in labels_of(case, line)):
        return WatchHit(
            "CTL-02", Severity.BLOCK, "EXPLOSIVE", "class", line.un_number or line.dg_class or "1"
        )
    words = vocabularies(case.reference)
    if not hs_of(line) and words.arms.keys_in(line.description):
        stops = {word.text for word in words_of(" ".join(case.reference.words["head_stops"]))}
        if not any(word.text in stops for word in words_of(line.description)):
            return WatchHit("CTL-02", Severity.HOLD, "WEAPON", "name", line.description)
    return None


@once_a_wording
def medicine_hits(case: Case, line: Line) -> tuple[ControlledMedicine, ...]:
    """Controlled substances named on a line, or an ephedrine preparation by its tariff code."""
    words, hs = vocabularies(case.reference), hs_of(line)
    allowed = not hs or hs[:2] in case.reference.words["medicine_chapters"]
    named = words.medicines.keys_in(line.description) if allowed else frozenset()
    bare = bool(hs) and hs[:2] == "29"
    hits = []
    for medicine in case.reference.medicines:
        by_code = medicine.kind == "PREP" and hs[:6] == medicine.hs6
        by_name = medicine.inn in named
        if medicine.kind == "PREP" and by_name and (bare or (not hs and not _is_medicine_form(case, line))):
            continue  # the bare chemical: CTL-01 speaks about it
        if by_code or by_name:
            hits.append(medicine)
    return tuple(hits)


def _is_medicine_form(case: Case, line: Line) -> bool:
    return bool(vocabularies(case.reference).forms.keys_in(line.description))


@once_a_wording
def policy_hit(case: Case, line: Line) -> tuple[Severity, str, str] | None:
    """Breast-milk substitutes, bottles and teats: (severity, known by, what) or None."""
    hs, infant = hs_of(line), case.reference.words["infant"]
    named = bool(vocabularies(case.reference).infant.keys_in(line.description))
    if named and (not hs or hs[:2] in infant["hs"]):
        return Severity.HOLD, "name", line.description
    found = case.reference.policy.get(hs[:6]) if len(hs) >= 6 else None
    if found is None or found[1] == "KEYWORD":
        return None
    return Severity(found[1]), "hs", found[0]


@once_a_wording
def is_telecom(case: Case, line: Line) -> tuple[str, str] | None:
    """Radio, satellite or network equipment that needs the Afghan communications ministry: (known by, what)."""
    hs = hs_of(line)
    for entry in case.reference.watch:
        if entry.check == "CTL-08" and hs.startswith(entry.prefix):
            return "hs", entry.name
    named = vocabularies(case.reference).telecom.keys_in(line.description)
    if named and (
        not hs
        or hs[:2] in case.reference.words["telecom"]["hs"]
        or hs[:4] in case.reference.words["telecom"]["hs"]
    ):
        return "name", line.description
    return None


def declared_class(line: Line) -> tuple[str, ...]:
    """Class and subsidiary labels as declared: ``8 (3)`` gives 8 and 3; ``1.4S`` stays."""
    return _classes_in(line.dg_class) if line.dg_class else ()


@lru_cache(maxsize=1024)
def _classes_in(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d(?:\.\d)?[A-Z]?", text.upper()))


def un_entry(case: Case, line: Line) -> UnNumber | None:
    """The table's entry for the declared UN number."""
    return case.reference.un_numbers.get(line.un_number or "")


@once_a_wording
def labels_of(case: Case, line: Line) -> tuple[str, ...]:
    """Hazard labels of a declared dangerous line: as declared, else from the table of UN numbers."""
    return labels_by(case.reference, line)


def labels_by(reference: Reference, line: Line) -> tuple[str, ...]:
    """As :func:`labels_of`, by these tables."""
    declared, entry = declared_class(line), reference.un_numbers.get(line.un_number or "")
    if entry is None:
        return declared
    main = declared[:1] or entry.classes[:1]
    return tuple(dict.fromkeys((*main, *declared[1:], *entry.subsidiary)))


def is_dangerous(line: Line) -> bool:
    """True when a UN number or a class is declared."""
    return bool(line.un_number) or bool(declared_class(line))


@once_a_wording
def suspected(case: Case, line: Line) -> Suspected | None:
    """The UN number that words or tariff code imply although none is declared (HAZ-03)."""
    if is_dangerous(line):
        return None
    hs, words = hs_of(line), vocabularies(case.reference)
    if (written := _UN_IN_TEXT.search(line.description)) and written[1] in case.reference.un_numbers:
        return Suspected(written[1], "text", written[0])
    plausible = case.reference.words["dangerous_hs"]
    denied = False
    for match in sorted(words.dangerous.find(line.description), key=lambda m: m.start - m.end):
        if match.negated:
            denied = True
            continue
        if _denied_otherwise(case, line, match.key):
            denied = True
            continue
        if not hs or match.key not in plausible or _plausible(hs, plausible[match.key]):
            return Suspected(match.key, "name", match.keyword)
    if denied or words.not_fuel.keys_in(line.description):
        return None
    codes = case.reference.words["dangerous_by_hs"]
    for length in (6, 4):
        if len(hs) >= length and (un := codes.get(hs[:length])):
            return Suspected(un, "hs", hs[:length])
    return None


def _denied_otherwise(case: Case, line: Line, un: str) -> bool:
    """True when the text denies what makes the goods dangerous: a hand sanitiser that is alcohol-free."""
    found = vocabularies(case.reference).denials.find(line.description)
    return any(match.negated and match.key == un for match in found)


def _plausible(hs: str, prefixes: list[str]) -> bool:
    """True when a code is one of the prefixes; a list of ``!42`` says where the word means something else.

    Diagnostic reagents name what they find, not what they hold.
    """
    if hs.startswith(_TEST_STRIPS):
        return False
    if prefixes and prefixes[0].startswith("!"):
        return not any(hs.startswith(prefix[1:]) for prefix in prefixes)
    return hs_fits(hs, prefixes)


@once_a_wording
def goods_types(case: Case, line: Line) -> frozenset[str]:
    """Every type of a line with its parents: by longest tariff prefix, by facts, by words when there is no code."""
    hs, found = hs_of(line), set()
    if hs and (by_code := case.reference.longest_goods_type(hs)):
        found.add(by_code)
    elif not hs:
        found |= vocabularies(case.reference).types.keys_in(line.description)
    if is_dangerous(line):
        found.add("DG")
    if medicine_hits(case, line):
        found.add("CONTROLLED_MEDICINE")
    if any(hit.check == "CTL-01" for hit in precursor_hits(case, line)):
        found.add("PRECURSOR")
    if (arms := arms_hit(case, line)) is not None:
        explosive = arms.category in ("EXPLOSIVE", "PYROTECHNIC")
        found.add("EXPLOSIVE" if explosive else "WEAPON")
    if line.temperature is not None and line.temperature.max_c is not None and line.temperature.max_c <= 8:
        found.add("COLD_CHAIN")
    if is_telecom(case, line):
        found.add("TELECOM")
    labels = labels_of(case, line)
    if "7" in labels:
        found.add("RADIOACTIVE")
    entry = un_entry(case, line)
    group = line.packing_group or (entry.packing_group if entry else None)
    if "6.1" in labels[:1] and group == "I":
        found.add("TOXIC")
    types = case.reference.with_parents(frozenset(found))
    # a fuel counts as dangerous goods once it is declared so; until then HAZ-03 asks
    return types if is_dangerous(line) else types - {"DG"}


@once_a_wording
def is_vague(case: Case, line: Line) -> bool:
    """True when the description says nothing: every word of it is one of the empty ones (R05)."""
    phrases = vocabularies(case.reference).vague
    said = [
        word.text for word in words_of(line.description) if word.text not in ("and", "и", "va", "for", "для")
    ]
    while said:
        for phrase in phrases:
            if tuple(said[: len(phrase)]) == phrase:
                said = said[len(phrase) :]
                break
        else:
            return False
    return True
