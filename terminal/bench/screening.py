"""How well names are found on the sanctions list, and what it costs: a labelled set made from a seed.

Every name of the invented list is written anew the ways papers write it: other order, titles, vowels, typing
mistakes, Cyrillic, Arabic and Uzbek spelling. Beside them stand decoys that must not be found: organisations of the
same generic words, people who share one name with an entry, and names of nobody. For the time the list is filled up
with invented entries to the size of the real one, and every party has a name that was never screened before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files

from terminal.lists import parse_sanctions_list
from workflows.checks.case import Case, CheckContext
from workflows.checks.reference import default_reference
from workflows.checks.registry import run_checks
from workflows.checks.sanctions import vocabulary
from workflows.papers import Mode, Papers
from workflows.screening import ListEntry, SanctionsList, Subject, screen

SEED = 20261116
#: entries of the list for the time: about as many as the real one has
ENTRIES = 1000
#: parties whose screening is measured, five a consignment
PARTIES = 2000
PER_CASE = 5
DECOYS = 400
AT = datetime(2026, 11, 16, 12, tzinfo=UTC)

_CYRILLIC = {
    "sh": "ш", "kh": "х", "ch": "ч", "ya": "я", "yu": "ю", "yo": "ё", "zh": "ж", "ts": "ц", "a": "а", "b": "б", "c": "к",
    "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н",
    "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "х", "y": "й", "z": "з",
}  # fmt: skip
_ARABIC = {
    "sh": "ش", "kh": "خ", "ch": "چ", "gh": "غ", "zh": "ژ", "a": "ا", "b": "ب", "c": "ک", "d": "د", "e": "", "f": "ف",
    "g": "گ", "h": "ه", "i": "ی", "j": "ج", "k": "ک", "l": "ل", "m": "م", "n": "ن", "o": "و", "p": "پ", "q": "ق",
    "r": "ر", "s": "س", "t": "ت", "u": "و", "v": "و", "w": "و", "x": "خ", "y": "ی", "z": "ز", "ce": "س", "ci": "سی",
}  # fmt: skip
#: letters of the Arabic alphabet proper: no p, g, ch or zh, long vowels only where the Latin word has a or doubles one
_PLAIN_ARABIC = _ARABIC | {
    "p": "ب",
    "g": "ج",
    "ch": "تش",
    "zh": "ج",
    "v": "ف",
    "e": "",
    "i": "",
    "u": "",
    "o": "",
}
_UZBEK_CYRILLIC = {
    "sh": "ш", "ch": "ч", "kh": "х", "gh": "ғ", "ya": "я", "yu": "ю", "yo": "ё", "ts": "ц", "q": "қ", "h": "ҳ", "w": "в",
    "oo": "ў", "ou": "у",
}  # fmt: skip
_UZBEK = (("kh", "x"), ("gh", "gʻ"), ("w", "v"), ("ou", "u"), ("oo", "oʻ"), ("ee", "i"))
_VOWELS = {"o": "u", "u": "o", "e": "i", "i": "e", "a": "o"}
_SYLLABLES = [
    "bar",
    "dil",
    "gul",
    "jam",
    "kar",
    "lat",
    "mir",
    "nur",
    "par",
    "qod",
    "rav",
    "sab",
    "tur",
    "ulm",
    "vaz",
    "yor",
    "zar",
    "hal",
    "shod",
    "dovr",
    "fer",
    "bek",
    "shuk",
    "tim",
]
_FIRST = ("Anvar", "Dilshod", "Gulnora", "Karim", "Malika", "Nodir", "Sevara", "Timur", "Umida", "Javohir")
_GENERIC = (
    "Relief",
    "Foundation",
    "Trading",
    "Global",
    "Logistics",
    "Hawala",
    "Exchange",
    "Transport",
    "Aid",
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One name to screen: how it was made, and the entry that it is (None: nobody on the list)."""

    name: str
    kind: str
    entry: str | None
    person: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What screening made of it: the best score, and the entries that reached the review band."""

    labelled: Labelled
    score: float
    entries: frozenset[str]


def sample_list() -> SanctionsList:
    """The invented list that ships for the demonstration."""
    data = files("terminal.demo").joinpath("unsc_sample.xml").read_bytes()
    return parse_sanctions_list(data, "unsc_sample.xml", AT)


def _written(text: str, letters: dict[str, str]) -> str:
    out, place, low = [], 0, text.casefold()
    while place < len(low):
        pair = low[place : place + 2]
        if pair in letters:
            out.append(letters[pair])
            place += 2
        else:
            out.append(letters.get(low[place], low[place]))
            place += 1
    return "".join(out)


def _typo(text: str, rng: random.Random) -> str:
    """One letter of the longest word dropped, doubled or exchanged with its neighbour; never its first."""
    words = text.split()
    longest = max(range(len(words)), key=lambda i: len(words[i]))
    word = words[longest]
    at = rng.randrange(1, max(2, len(word) - 1))
    words[longest] = rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
            if at > 1
            else word[:at] + word[at + 1 :],
        )
    )
    return " ".join(words)


def _vowel(text: str, rng: random.Random) -> str:
    places = [i for i, letter in enumerate(text) if letter.casefold() in _VOWELS and i > 0]
    at = rng.choice(places)
    return text[:at] + _VOWELS[text[at].casefold()] + text[at + 1 :]


def _uzbek(text: str) -> str:
    low = text.casefold()
    for old, new in _UZBEK:
        low = low.replace(old, new)
    return low.title()


#: how a name is written anew; persons and organisations alike
_WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "as listed": lambda name, _: name,
    "capitals": lambda name, _: name.upper(),
    "other order": lambda name, rng: " ".join(rng.sample(name.split(), len(name.split()))),
    "surname, comma": lambda name, _: f"{name.split()[-1]}, {' '.join(name.split()[:-1])}",
    "another vowel": _vowel,
    "a typing mistake": _typo,
    "Cyrillic": lambda name, _: _written(name, _CYRILLIC).title(),
    "Arabic letters": lambda name, _: _written(name, _ARABIC),
    "Arabic, no short vowels": lambda name, _: _written(name, _PLAIN_ARABIC),
    "Uzbek spelling": lambda name, _: _uzbek(name),
    "Uzbek Cyrillic": lambda name, _: _written(name, _CYRILLIC | _UZBEK_CYRILLIC).title(),
}


def labelled(entries: SanctionsList, seed: int = SEED, decoys: int = DECOYS) -> list[Labelled]:
    """The set: every strong name of every entry written each way, and decoys; the same seed gives the same set."""
    rng = random.Random(seed)
    found = []
    for entry in entries.entries:
        names = dict.fromkeys([entry.name, *(alias.name for alias in entry.aliases if not alias.low)])
        for name in names:
            latin = name.isascii() and len(name.split()) > 1
            for kind, way in _WAYS.items():
                if kind == "as listed" or latin:
                    found.append(Labelled(way(name, rng), kind, entry.reference, entry.person))
            if entry.person:
                found.append(Labelled(f"Haji {name}", "a title", entry.reference, True))
            else:
                found.append(Labelled(f"«{name}» LLC", "a legal form", entry.reference, False))
        if entry.original_script:
            found.append(Labelled(entry.original_script, "original script", entry.reference, entry.person))
    listed = len(found)
    people = [entry.name.split() for entry in entries.entries if entry.person]
    for _ in range(decoys // 4):
        generic = " ".join(rng.sample(_GENERIC, 2))
        found.append(Labelled(f"{_word(rng)} {generic}", "decoy: generic words", None, False))
        shared = rng.choice(people)[0].title()
        found.append(Labelled(f"{shared} {_word(rng)}ov", "decoy: the same first name", None, True))
        found.append(Labelled(f"{rng.choice(_FIRST)} {_word(rng)}ov", "decoy: a person", None, True))
        found.append(
            Labelled(f"{_word(rng)} {_word(rng)} {rng.choice(_GENERIC)}", "decoy: a company", None, False)
        )
    return [*found, *_in_scripts(found[listed:])]


def _in_scripts(decoys: list[Labelled]) -> Iterator[Labelled]:
    """The people and companies among the decoys in Arabic and Cyrillic letters too: fewer letters tell them apart there."""
    for one in decoys:
        if one.kind != "decoy: generic words":
            yield Labelled(_written(one.name, _ARABIC), f"{one.kind}, Arabic letters", None, one.person)
            yield Labelled(_written(one.name, _CYRILLIC).title(), f"{one.kind}, Cyrillic", None, one.person)


def _word(rng: random.Random) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.choice((2, 3)))).title()


def outcomes(entries: SanctionsList, names: list[Labelled]) -> list[Outcome]:
    """Screen the set by the tables that ship."""
    reference = default_reference()
    words, review = vocabulary(reference), reference.tolerances.review_score
    found = []
    for one in names:
        hits = screen(Subject(one.name, not one.person), entries, words, review)
        found.append(
            Outcome(one, hits[0].score if hits else 0.0, frozenset(hit.entry.reference for hit in hits))
        )
    return found


@dataclass(frozen=True, slots=True)
class Quality:
    """Recall and precision (0..1) from a score upwards, with the counts behind them."""

    recall: float
    precision: float
    found: int
    wanted: int
    wrong: int


def quality(results: list[Outcome], score: float) -> Quality:
    """Recall: how many listed names came out with their entry at ``score`` or more; precision: how many hits were right."""
    wanted = [one for one in results if one.labelled.entry is not None]
    right = [one for one in wanted if one.score >= score and one.labelled.entry in one.entries]
    hits = [one for one in results if one.score >= score]
    wrong = len(hits) - len(right)
    return Quality(
        len(right) / len(wanted), len(right) / len(hits) if hits else 1.0, len(right), len(wanted), wrong
    )


def filled(entries: SanctionsList, size: int, rng: random.Random) -> SanctionsList:
    """The list with invented entries added until it has ``size``."""
    more = tuple(
        ListEntry(
            f"TXi.{number}",
            number % 4 != 0,
            f"{_word(rng)} {_word(rng)}{'' if number % 4 else ' ' + rng.choice(_GENERIC)}",
        )
        for number in range(size - len(entries.entries))
    )
    return replace(entries, entries=(*entries.entries, *more))


def cases(entries: SanctionsList, parties: int, rng: random.Random) -> Iterator[Case]:
    """Consignments of five parties each, every name new."""
    context = CheckContext(AT, sanctions=entries)
    for number in range(parties // PER_CASE):
        names = [f"{_word(rng)} {_word(rng)} {rng.choice(_GENERIC)}" for _ in range(PER_CASE)]
        sender, consignee, carrier, donor, notify = names
        yield Case(
            Papers(
                f"BENCH-{number}",
                Mode.ROAD,
                sender=sender,
                consignee=consignee,
                carrier=carrier,
                donor=donor,
                notify=notify,
            ),
            context,
        )


def seconds_per_case(entries: int = ENTRIES, parties: int = PARTIES, seed: int = SEED) -> float:
    """Seconds that the sanctions checks of one consignment take, the index of the list made before."""
    rng = random.Random(seed)
    listed = filled(sample_list(), entries, rng)
    whole = list(cases(listed, parties + PER_CASE, rng))
    run_checks(whole[0], ("SAN-01", "SAN-02"))  # makes the index
    begin = time.perf_counter()
    for case in whole[1:]:
        run_checks(case, ("SAN-01", "SAN-02", "SAN-03"))
    return (time.perf_counter() - begin) / (len(whole) - 1)


def rows(seed: int = SEED) -> list[tuple[str, str]]:
    """The figures as text: quality at both bands, recall by kind of writing, and the time."""
    rules = default_reference().tolerances
    results = outcomes(sample_list(), labelled(sample_list(), seed))
    found = [
        (
            "names",
            f"{len(results)}, of them {sum(o.labelled.entry is None for o in results)} decoys; seed {seed}",
        )
    ]
    for band, score in (("strong", rules.strong_score), ("review", rules.review_score)):
        told = quality(results, score)
        found.append(
            (
                f"{band} band ({score} and more)",
                f"recall {told.recall:.3f} ({told.found} of {told.wanted}), "
                f"precision {told.precision:.3f} ({told.wrong} wrong)",
            )
        )
    for kind in dict.fromkeys(o.labelled.kind for o in results):
        group = [o for o in results if o.labelled.kind == kind]
        if group[0].labelled.entry is None:
            hit = sum(o.score >= rules.review_score for o in group)
            found.append((f"  {kind}", f"{hit} of {len(group)} in the review band or above"))
        else:
            told = quality(group, rules.review_score)
            strong = quality(group, rules.strong_score)
            found.append(
                (f"  {kind}", f"recall {told.recall:.3f}, strong {strong.recall:.3f} of {told.wanted}")
            )
    each = seconds_per_case(seed=seed)
    found.append(
        ("time a consignment", f"{each * 1000:.2f} ms, {PER_CASE} new parties, list of {ENTRIES} entries")
    )
    found.append(
        ("time for 100,000 parties", f"{each / PER_CASE * 100_000:.0f} s, from {PARTIES} measured, one core")
    )
    return found
