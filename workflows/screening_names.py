"""Names made comparable: alphabets, titles, legal forms and spelling habits folded away.

A name is a bag of tokens. Cyrillic and Arabic script are written in Latin letters; ``kh``, ``x`` and ``q``,
``w`` and ``v``, double letters and the many spellings of Muhammad become one. Nothing here judges; see
:mod:`workflows.screening`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workflows.screening_letters import alike_across, skeleton

#: how alike a word in Arabic letters and a generic word have to be to be the same word
GENERIC_ALIKE = 0.86
_APOSTROPHES = dict.fromkeys(map(ord, "ʻʼ'’‘`´ʹ′ʿʾ"))
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_TOKEN = re.compile(r"[^\W_]+")

_FROM_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "j", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "ў": "o", "қ": "q", "ғ": "g", "ҳ": "h", "і": "i", "ҷ": "j", "ӣ": "i", "ӯ": "u",
}  # fmt: skip
_FROM_ARABIC = {
    "ا": "a", "آ": "a", "أ": "a", "إ": "i", "ب": "b", "پ": "p", "ت": "t", "ث": "s", "ج": "j", "چ": "ch", "ح": "h",
    "خ": "kh", "د": "d", "ذ": "z", "ر": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "z",
    "ط": "t", "ظ": "z", "ع": "", "غ": "gh", "ف": "f", "ق": "q", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n",
    "و": "w", "ه": "h", "ی": "y", "ئ": "y", "ؤ": "w", "ة": "h", "ء": "",
}  # fmt: skip
_ARABIC_FOLD = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "ة": "ه"})


@dataclass(frozen=True, slots=True, eq=False)
class NameWords:
    """Vocabulary of names (data/name_words.json), folded once; one copy is equal only to itself."""

    dropped: frozenset[str]  # titles, particles, legal forms
    generic: frozenset[str]
    same: Mapping[str, str]  # folded variant -> folded head word
    bones: Mapping[str, tuple[str, ...]]  # consonants -> generic words, to know them in Arabic letters


@dataclass(frozen=True, slots=True)
class Name:
    """A name made comparable.

    ``tokens`` are folded Latin words without titles, particles and legal forms; ``script`` is the name in its
    own Arabic or Cyrillic letters, folded only as far as keyboards differ, for exact comparison.
    """

    text: str
    tokens: tuple[str, ...]
    script: str
    words: int  # words before anything was dropped
    arabic: bool = False  # written in Arabic letters: short vowels are missing


def name_words(data: Mapping[str, Any]) -> NameWords:
    """Fold the vocabulary the same way names are folded."""
    dropped = {fold_word(word) for part in ("titles", "particles", "legal_forms") for word in data[part]}
    same = {
        fold_word(variant): fold_word(head)
        for group in ("same", "forms")
        for head, variants in data[group].items()
        for variant in (*variants, head)
    }
    generic = {same.get(fold_word(word), fold_word(word)) for word in data["generic"]}
    bones: dict[str, list[str]] = {}
    for word in sorted(generic | {variant for variant, head in same.items() if head in generic}):
        bones.setdefault(skeleton(word), []).append(word)
    return NameWords(
        frozenset(dropped - {""}),
        frozenset(generic),
        same,
        {form: tuple(found) for form, found in bones.items()},
    )


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """One word in folded Latin letters: ``Синовхел`` and ``Sinowkhel`` both give ``sinovhel``."""
    text = unicodedata.normalize("NFKC", word).casefold().translate(_APOSTROPHES)
    if _CYRILLIC.search(text):
        text = "".join(_FROM_CYRILLIC.get(letter, letter) for letter in text)
    elif _ARABIC.search(text):
        text = "".join(_FROM_ARABIC.get(letter, "") for letter in text.translate(_ARABIC_FOLD))
        text = text.replace("tsh", "ch")  # the Arabic alphabet has no letter for ch
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for old, new in (
        ("kh", "h"),
        ("x", "h"),
        ("q", "k"),
        ("w", "v"),
        ("gh", "g"),
        ("ph", "f"),
        ("oo", "u"),
        ("ee", "i"),
        ("ye", "e"),
        ("iy", "i"),
        ("yy", "y"),
    ):
        text = text.replace(old, new)
    return re.sub(r"(.)\1+", r"\1", text)


def _generic_in_arabic(word: str, vocabulary: NameWords) -> str:
    """A generic word of a company (exchange, service) written by its sound in Arabic letters, as we know it; else the word."""
    own = skeleton(word)
    if word in vocabulary.generic or word in vocabulary.same or len(own) < 3:
        return word
    # Arabic writes the v of service as f
    known = (*vocabulary.bones.get(own, ()), *vocabulary.bones.get(own.replace("f", ""), ()))
    near = [one for one in known if alike_across(word, one) >= GENERIC_ALIKE]
    return max(near, key=lambda one: alike_across(word, one), default=word)


def script_form(text: str) -> str:
    """A name in its own script for exact comparison: joiners, spaces, punctuation and keyboard variants gone."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES).translate(_ARABIC_FOLD)
    return "".join(_TOKEN.findall(folded.replace("\u200c", "").replace("\u0640", "").replace("ё", "е")))


@lru_cache(maxsize=16384)
def prepare(text: str, vocabulary: NameWords) -> Name:
    """Cut a name into comparable tokens; a name that is nothing but dropped words keeps none."""
    plain = (
        unicodedata.normalize("NFKC", text)
        .translate(_APOSTROPHES)
        .replace("\u200c", " ")
        .replace("\u0640", "")
    )
    raw = _TOKEN.findall(plain.casefold())
    tokens = []
    for word in raw:
        folded = fold_word(word)
        if _ARABIC.search(word) and folded.startswith("al") and len(folded) > 4:
            folded = folded[2:]
        if len(folded) < 2 or folded in vocabulary.dropped:
            continue
        if _ARABIC.search(word):
            folded = _generic_in_arabic(folded, vocabulary)
        tokens.append(vocabulary.same.get(folded, folded))
    arabic = _ARABIC.search(text) is not None
    foreign = arabic or _CYRILLIC.search(text)
    return Name(text, tuple(tokens), script_form(text) if foreign else "", len(raw), arabic)
