"""Words of goods in English, Russian and Uzbek: whole words, longest match first, negations do not count.

A description is folded (case, apostrophes, ё, look-alike spellings) and cut into words; a keyword matches
when its words stand next to each other, in any grammatical ending the language gives them. ``acetone-free``,
``без ацетона`` and ``atsetonsiz`` do not match *acetone*. Uzbek Cyrillic is also read in Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

APOSTROPHES = dict.fromkeys(map(ord, "ʻʼ'’‘`´ʹ′"))
_FOLD = str.maketrans(
    {"ё": "е", "ي": "ی", "ى": "ی", "ك": "ک", "\u200c": None, "\u200d": None, "\u0640": None}
)
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")

_RU_ENDINGS = (
    "иями", "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "иях", "ях", "ах", "ям", "ам", "ом", "ем",
    "ой", "ей", "ий", "ый", "ая", "яя", "ое", "ее", "ые", "ие", "ых", "их", "ым", "им", "ую", "юю", "ов", "ев",
    "ью", "ия", "ию", "ии", "а", "я", "о", "е", "ы", "и", "у", "ю", "ь", "й",
)  # fmt: skip
_UZ_ENDINGS = frozenset(
    "lar lari larni larning larga lardan ni ning ga ka dan da i si ini sini li ining sining lik "  # noqa: SIM905
    "лар лари ларни ларнинг ларга лардан ни нинг га дан да и си ини сини ли ининг сининг лик".split()
)
_UZ_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "j", "з": "z", "и": "i", "й": "y", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "x",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "ў": "o", "қ": "q", "ғ": "g", "ҳ": "h",
}  # fmt: skip

_BEFORE = (
    "without", "no", "not", "non", "free of", "free from", "excluding", "excl", "contains no", "absence of",
    "без", "не содержит", "не содержащий", "не содержащая", "не содержащее", "не содержащие", "не", "кроме",
    "свободный от", "исключая", "нет",
)  # fmt: skip
_AFTER = (
    "free", "less", "resistant", "proof", "siz", "bolmagan", "yoq", "qoshilmagan", "mavjud emas", "emas",
    "сиз", "булмаган", "бўлмаган", "йуқ", "йўқ", "қўшилмаган", "мавжуд эмас", "отсутствует", "не содержит", "не содержится",
)  # fmt: skip
_JOINERS = frozenset(
    {
        "and",
        "or",
        "nor",
        "и",
        "или",
        "ни",
        "va",
        "yoki",
        "ва",
        "ёки",
        "any",
        "каких",
        "либо",
        "added",
        "содержания",
    }
)
_SHORT = frozenset({"no", "not", "non", "не", "нет"})
_COUNTS = re.compile(r"\d+|less|more|than|менее|более|меньше|больше")
_BREAK = re.compile(r"[;:()\[\].!?]|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class Word:
    """One folded word; ``before`` is what stood between it and the word before."""

    text: str
    before: str


@dataclass(frozen=True, slots=True)
class Match:
    """A keyword found: its name, the position of its words, and whether the text denies it."""

    key: str
    keyword: str
    start: int
    end: int
    negated: bool


def fold(text: str) -> str:
    """Text for comparing: NFKC, lower case, apostrophes and joiners gone, ё=е, sulph=sulf."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(APOSTROPHES).translate(_FOLD)
    return plain.replace("sulph", "sulf").replace("aluminium", "aluminum")


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[Word, ...]:
    """The folded words of a text, in order. Remembered: a long list says the same of most of its lines."""
    folded, found, last = fold(text), [], 0
    for match in _WORD.finditer(folded):
        found.append(Word(match[0], folded[last : match.start()]))
        last = match.end()
    return tuple(found)


def in_latin(word: str) -> str:
    """A Cyrillic word in Uzbek Latin letters without apostrophes; other words stay."""
    return "".join(_UZ_LATIN.get(letter, letter) for letter in word) if _CYRILLIC.search(word) else word


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The part of a word that its endings leave alone; at least three letters remain."""
    if _CYRILLIC.search(word):
        for ending in _RU_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=65536)
def same_word(keyword: str, word: str) -> bool:
    """True when ``word`` is ``keyword`` in some grammatical ending (or in Cyrillic for a Latin Uzbek keyword)."""
    if keyword == word:
        return True
    if len(keyword) >= 4 and word.startswith(keyword) and word[len(keyword) :] in _UZ_ENDINGS:
        return True
    if _CYRILLIC.search(word) and not _CYRILLIC.search(keyword):
        latin = in_latin(word)
        return latin == keyword or (
            len(keyword) >= 4 and latin.startswith(keyword) and latin[len(keyword) :] in _UZ_ENDINGS
        )
    if keyword.isdigit() or word.isdigit():
        return False
    return stem(keyword) == stem(word)


class Vocabulary:
    """Keywords under keys (a UN number, a concept). ``harmless`` phrases are matched too and swallow their words."""

    def __init__(self, entries: Mapping[str, Iterable[str]], harmless: Iterable[str] = ()) -> None:
        self._phrases: list[tuple[str, str, tuple[str, ...]]] = []
        for key, keywords in (*entries.items(), ("", tuple(harmless))):
            for keyword in keywords:
                if parts := tuple(word.text for word in words_of(keyword)):
                    self._phrases.append((key, keyword, parts))
        # longest first: more words, then more letters
        self._phrases.sort(key=lambda phrase: (-len(phrase[2]), -sum(map(len, phrase[2]))))
        self._found = lru_cache(maxsize=4096)(self._find)

    def find(self, text: str) -> tuple[Match, ...]:
        """Every keyword of the text, longest first, no word used twice; harmless phrases are left out."""
        return self._found(text)

    def _find(self, text: str) -> tuple[Match, ...]:
        words = words_of(text)
        # endings leave the first two letters alone: most keywords are out at once
        begins = {word.text[:2] for word in words} | {in_latin(word.text)[:2] for word in words}
        taken: set[int] = set()
        found: list[Match] = []
        for key, keyword, parts in self._phrases:
            if any(part[:2] not in begins for part in parts):
                continue
            for start, end in _places(parts, words):
                if taken.isdisjoint(range(start, end)):
                    taken.update(range(start, end))
                    if key:
                        found.append(Match(key, keyword, start, end, negated(words, start, end)))
        return tuple(sorted(found, key=lambda match: match.start))

    def keys_in(self, text: str) -> frozenset[str]:
        """The keys that occur and are not denied."""
        return frozenset(match.key for match in self.find(text) if not match.negated)


def _places(parts: tuple[str, ...], words: tuple[Word, ...]) -> Iterable[tuple[int, int]]:
    """Where the words of a keyword stand together; two Cyrillic words in either order, English turned by a comma."""
    size = len(parts)
    turned = parts[::-1] if size == 2 else None
    for start in range(len(words) - size + 1):
        window = words[start : start + size]
        gaps = [word.before for word in window[1:]]
        if all(map(same_word, parts, (word.text for word in window))):
            if not any(set(gap) & set(",;:().") for gap in gaps):
                yield start, start + size
        elif turned and all(map(same_word, turned, (word.text for word in window))):
            cyrillic = all(_CYRILLIC.search(word.text) for word in window)
            if (gaps[0].strip() == "" and cyrillic) or gaps[0].strip() == ",":
                yield start, start + size


def negated(words: tuple[Word, ...], start: int, end: int) -> bool:
    """True when the text says that the words from ``start`` to ``end`` are *not* in it.

    A denial reaches back over a list ("without acetone, toluene or benzene", "chlorine- and acetone-free") but
    not over a bracket, a full stop or a comma outside such a list.
    """
    return _denied_before(words, start) or _denied_after(words, end)


def _denied_before(words: tuple[Word, ...], start: int) -> bool:
    listed = False
    for index in range(start - 1, max(-1, start - 8), -1):
        gap = words[index + 1].before
        if _BREAK.search(gap):
            return False
        if "," in gap:
            # a comma continues a denial only inside a list that ends with "and" or "or"
            rest = words[index + 1 : index + 8]
            listed = listed or any(word.text in _JOINERS and not _BREAK.search(word.before) for word in rest)
            if not listed:
                return False
        for phrase in _BEFORE:
            parts = phrase.split()
            first = index - len(parts) + 1
            if first >= 0 and [word.text for word in words[first : index + 1]] == parts:
                if index + 1 < start and _COUNTS.fullmatch(words[index + 1].text):
                    continue  # "not less than 98 %", "no 5"
                reach = 1 if phrase in _SHORT else 3
                return (start - index - 1) <= reach or listed or _only_joined(words, index + 1, start)
    return False


def _only_joined(words: tuple[Word, ...], start: int, end: int) -> bool:
    return any(word.text in _JOINERS for word in words[start:end])


def _denied_after(words: tuple[Word, ...], end: int) -> bool:
    for index in range(end, min(len(words), end + 5)):
        gap = words[index].before
        if _BREAK.search(gap.replace(" - ", "-")) or "," in gap:
            return False
        text = words[index].text
        for phrase in _AFTER:
            parts = phrase.split()
            if [fold(word.text) for word in words[index : index + len(parts)]] == parts:
                if parts == ["free"] and index + 1 < len(words) and words[index + 1].text in ("of", "from"):
                    return False
                if parts == ["less"] and "-" not in gap:
                    return False
                return "-" in gap or index == end or _only_joined(words, end, index)
        joined = text in _JOINERS or "-" in gap or "/" in gap
        nearby = any(word.text in _JOINERS for word in words[end : end + 2])
        if not joined and not nearby and index - end >= 1:
            return False
    return False
