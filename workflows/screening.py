"""Screening of names against the UN Security Council consolidated list, explained part by part.

Bands (tolerances.json): at least 0.92 is a strong match (SAN-01), at least 0.82 a possible one (SAN-02). Tokens
are compared in any order with Jaro-Winkler, weighted by length; generic words of organisations (relief,
foundation, trading) weigh little and never make a match alone. The original script is compared first, exactly; a
name in Arabic letters that is none of the listed ones is compared by its consonants (screening_letters).
One-word and Low-quality aliases never match an organisation. A far date of birth lowers a score and never
clears it; an equal document number is a strong match. Nothing is decided here: a person looks at both records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Indel, JaroWinkler

from workflows.screening_letters import FEW_CONSONANTS, alike_across, skeleton
from workflows.screening_names import Name, NameWords, prepare

GENERIC_WEIGHT = 0.6  # of one letter of a telling word
LOW_CAP = 0.90  # a Low-quality alias is at most a possible match
ALIKE = 0.84  # two tokens less alike than this are different words
CORE = 0.86  # at least one telling word has to be this much alike
JOINED = 0.9  # two words put together have to be this much alike to one of the other name
BONES = 0.72  # consonants less alike than this are not looked at
FAR_BIRTH = 0.90  # factor on the score when the years of birth are far apart
FAR_YEARS = 10


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of an entry. ``quality`` as on the list: Good, Low, a.k.a., f.k.a."""

    name: str
    quality: str = ""

    @property
    def low(self) -> bool:
        """True for names the list itself calls weak."""
        return self.quality.strip().casefold() == "low"


@dataclass(frozen=True, slots=True)
class BirthDate:
    """What the list knows of a birth: an exact day, or years from..to."""

    day: date | None = None
    from_year: int | None = None
    to_year: int | None = None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of the list. ``reference`` is its permanent number (QDi.903), ``version`` the entry's own."""

    reference: str
    person: bool
    name: str
    original_script: str = ""
    aliases: tuple[Alias, ...] = ()
    births: tuple[BirthDate, ...] = ()
    documents: tuple[str, ...] = ()
    list_type: str = ""
    listed_on: str = ""
    nationality: str = ""
    data_id: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SanctionsList:
    """One version of the list: when it was made (UTC), when this copy was loaded (UTC), hash of the file.

    One copy is equal only to itself, so that its index is made once.
    """

    entries: tuple[ListEntry, ...]
    generated_at: datetime | None = None
    loaded_at: datetime | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is screened. ``organisation`` None: not known, compared as an organisation would be."""

    name: str
    organisation: bool | None = None
    born: date | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One pair of words: what was compared, how alike (0..1), what it weighs. ``listed`` None: nothing fits."""

    given: str
    listed: str | None
    alike: float
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject beside an entry: score 0..1, the listed name that fits best, and why."""

    entry: ListEntry
    score: float
    listed_name: str
    why: str  # document, script, name
    parts: tuple[Part, ...] = field(default=())
    birth: str = ""  # "", "equal", "near", "far"


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """Which entries hold a folded word, a name in its own script, or a document number."""

    words: Mapping[str, frozenset[int]]
    spelled: Mapping[str, frozenset[str]]  # vowels folded -> words
    bones: Mapping[str, frozenset[str]]  # consonants -> words, for names in Arabic letters
    script: Mapping[str, frozenset[int]]
    documents: Mapping[str, frozenset[int]]


@lru_cache(maxsize=4096)
def screen(subject: Subject, sanctions: SanctionsList, words: NameWords, review: float) -> tuple[Hit, ...]:
    """Every entry that reaches ``review``, best first. Empty and one-letter names match nobody."""
    given = prepare(subject.name, words)
    document = _document_form(subject.document)
    hits = []
    for place in _candidates(given, document, _index(sanctions, words), words):
        entry = sanctions.entries[place]
        best = _document_hit(document, entry) or _best_name(subject, given, entry, words)
        if best is not None and best.score >= review:
            hits.append(best)
    return tuple(sorted(hits, key=lambda hit: -hit.score))


@lru_cache(maxsize=4)
def _index(sanctions: SanctionsList, words: NameWords) -> _Index:
    by_word, by_script, by_document = (defaultdict[str, set[int]](set) for _ in range(3))
    for place, entry in enumerate(sanctions.entries):
        for text in (entry.name, entry.original_script, *(alias.name for alias in entry.aliases)):
            name = prepare(text, words)
            for token in name.tokens:
                by_word[token].add(place)
            if name.script:
                by_script[name.script].add(place)
        for number in entry.documents:
            by_document[_document_form(number)].add(place)
    spelled: dict[str, set[str]] = defaultdict(set)
    bones: dict[str, set[str]] = defaultdict(set)
    for token in by_word:
        spelled[token.translate(_VOWELS)].add(token)
        bones[skeleton(token)].add(token)
    return _Index(
        {word: frozenset(places) for word, places in by_word.items()},
        {form: frozenset(tokens) for form, tokens in spelled.items()},
        {form: frozenset(tokens) for form, tokens in bones.items()},
        {form: frozenset(places) for form, places in by_script.items()},
        {form: frozenset(places) for form, places in by_document.items() if form},
    )


def _candidates(given: Name, document: str, index: _Index, words: NameWords) -> list[int]:
    """Entries that share one telling word at least (the real list has thousands of names; few come near)."""
    found = set(index.documents.get(document, ())) | set(index.script.get(given.script, ()))
    choices = list(index.words)
    for token in set(given.tokens) - words.generic:
        near = process.extract(
            token, choices, scorer=JaroWinkler.normalized_similarity, score_cutoff=CORE, limit=None
        )
        for word in {match[0] for match in near} | index.spelled.get(token.translate(_VOWELS), frozenset()):
            found |= index.words[word]
        if given.arabic:
            for word in _same_bones(token, index):
                found |= index.words[word]
    return sorted(found)


def _same_bones(token: str, index: _Index) -> set[str]:
    """Listed words with nearly the consonants of a word in Arabic letters; one slip is allowed in a longer word."""
    own = skeleton(token)
    if len(own) < FEW_CONSONANTS:
        near = [own]
    else:
        close = process.extract(
            own, list(index.bones), scorer=Indel.normalized_similarity, score_cutoff=BONES, limit=None
        )
        near = [match[0] for match in close]
    return {
        word for bones in near for word in index.bones.get(bones, ()) if alike_across(token, word) >= CORE
    }


def _document_form(number: str | None) -> str:
    text = "".join(c for c in (number or "").upper() if c.isalnum())
    return text if len(text) >= 5 else ""  # anything shorter is no document number


def _document_hit(document: str, entry: ListEntry) -> Hit | None:
    if document and document in map(_document_form, entry.documents):
        return Hit(entry, 1.0, entry.name, "document")
    return None


def _best_name(subject: Subject, given: Name, entry: ListEntry, words: NameWords) -> Hit | None:
    if len("".join(given.tokens)) < 2 and len(given.script) < 2:
        return None
    best: Hit | None = None
    names = [(entry.name, False), (entry.original_script, False), *((a.name, a.low) for a in entry.aliases)]
    for text, low in names:
        if not text.strip():
            continue
        listed = prepare(text, words)
        if (low or len(listed.tokens) < 2) and not _may_use_weak(subject, given, listed, low, entry):
            continue
        if given.script and given.script == listed.script and len(given.script) >= 4:
            hit = Hit(entry, 1.0, text, "script")
        else:
            across = given.arabic or listed.arabic
            score, parts = 0.0, _NO_PARTS
            for left, right in _cuts(given.tokens, listed.tokens, across=across):
                told = compare(left, right, words.generic, person=entry.person, across=across)
                score, parts = max((score, parts), told, key=lambda one: one[0])
            hit = Hit(entry, min(score, LOW_CAP) if low else score, text, "name", parts)
        if best is None or hit.score > best.score:
            best = hit
    if best is None:
        return None
    return _with_birth(subject.born, best)


def _may_use_weak(subject: Subject, given: Name, listed: Name, low: bool, entry: ListEntry) -> bool:
    """A one-word or Low-quality alias counts only for a person, and only when nothing else is in the name.

    An organisation whose listed name comes down to one telling word (``Namuna``) keeps it: other words of that
    name are legal forms.
    """
    if subject.organisation is False:
        return set(given.tokens) == set(listed.tokens)
    return not low and not entry.person and len(listed.tokens) == 1 and given.tokens == listed.tokens


def _cuts(
    given: tuple[str, ...], listed: tuple[str, ...], *, across: bool
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The two names as written, and with a word put together that the other name writes as one: ``Namuna Wal``."""
    left, right = _joined(given, listed, across=across), _joined(listed, given, across=across)
    found = [(given, listed)]
    if left != given:
        found.append((left, listed))
    if right != listed:
        found.append((given, right))
    return found


def _joined(words: tuple[str, ...], other: tuple[str, ...], *, across: bool) -> tuple[str, ...]:
    for place in range(len(words) - 1):
        whole = words[place] + words[place + 1]
        if any(
            _likeness(whole, word, across=across) >= JOINED for word in other if len(word) + 2 >= len(whole)
        ):
            return (*words[:place], whole, *words[place + 2 :])
    return words


def _likeness(a: str, b: str, *, across: bool) -> float:
    return max(_alike(a, b), alike_across(a, b)) if across else _alike(a, b)


def compare(
    given: Sequence[str],
    listed: Sequence[str],
    generic: frozenset[str],
    *,
    person: bool,
    across: bool = False,
) -> tuple[float, tuple[Part, ...]]:
    """Score two bags of words: 1 when every listed word is found and nothing else is said.

    A telling word weighs its length, a generic one :data:`GENERIC_WEIGHT`. Listed words that are missing count in
    full; words said beyond the listed name too, but only a fifth beside a person (people carry fathers' names).
    Without one telling word alike the score is 0. ``across`` says that one of the two is written in Arabic letters:
    then the consonants are compared beside the letters.
    """
    if not given or not listed:
        return 0.0, ()
    left = list(given)
    parts: list[Part] = []
    total = matched = 0.0
    core = 0.0
    weak = frozenset[str]() if person else generic  # Sharif is a city and a man
    for word in sorted(listed, key=lambda w: (w in weak, -len(w))):
        weight = _weight(word, weak)
        total += weight
        best, alike = None, 0.0
        for candidate in left:
            ratio = _likeness(candidate, word, across=across)
            if ratio > alike:
                best, alike = candidate, ratio
        if best is None or alike < ALIKE:
            parts.append(Part("", word, 0.0, round(weight, 2)))
            continue
        left.remove(best)
        matched += weight * alike
        if word not in weak and best not in weak:
            core = max(core, alike)
        parts.append(Part(best, word, round(alike, 3), round(weight, 2)))
    for word in left:
        weight = _weight(word, generic) / (5 if person else 1)
        total += weight
        parts.append(Part(word, None, 0.0, round(weight, 2)))
    if core < CORE or total == 0:
        return 0.0, tuple(parts)
    return round(matched / total, 4), tuple(parts)


def _weight(word: str, generic: frozenset[str]) -> float:
    return GENERIC_WEIGHT if word in generic else float(len(word))


_NO_PARTS: tuple[Part, ...] = ()
_VOWELS = str.maketrans({"o": "a", "u": "a", "e": "i", "y": "i"})


@lru_cache(maxsize=65536)
def _alike(a: str, b: str) -> float:
    """Jaro-Winkler, and for names that differ in vowels only at least 0.93: vowels are a matter of spelling."""
    if a == b:
        return 1.0
    plain = float(JaroWinkler.similarity(a, b))
    if min(len(a), len(b)) >= 4 and a.translate(_VOWELS) == b.translate(_VOWELS):
        return max(plain, 0.95)
    return plain


def _with_birth(born: date | None, hit: Hit) -> Hit:
    if born is None or not hit.entry.births:
        return hit
    gaps = [gap for birth in hit.entry.births if (gap := _gap(born, birth)) is not None]
    if not gaps:
        return hit
    word = "equal" if min(gaps) == 0 else "near" if min(gaps) < FAR_YEARS else "far"
    score = hit.score * FAR_BIRTH if word == "far" else hit.score
    return Hit(hit.entry, round(score, 4), hit.listed_name, hit.why, hit.parts, word)


def _gap(born: date, birth: BirthDate) -> int | None:
    """Years between a birth and what the list says; 0 inside its range or on the day."""
    if birth.day is not None:
        return 0 if birth.day == born else max(1, abs(birth.day.year - born.year))
    low = birth.from_year if birth.from_year is not None else birth.to_year
    high = birth.to_year if birth.to_year is not None else birth.from_year
    if low is None or high is None:
        return None
    return 0 if low <= born.year <= high else min(abs(born.year - low), abs(born.year - high))
