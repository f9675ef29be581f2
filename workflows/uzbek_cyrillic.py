"""Uzbek in Cyrillic letters, made from Uzbek in Latin letters, so that the two spellings of a sentence never drift apart.

The letters pair as in the alphabet of 1995 and that of 1940. What the Latin spelling has dropped is put back by rule
(``ye``, initial ``e``, ``siya``) or from a short list of loan words (the soft sign, ``ц``). Names of fields in a
message, markup, addresses, file names and abbreviations that are Latin in both spellings (SSCC, PDF, GS1) stay.
"""

from __future__ import annotations

import re
from functools import lru_cache

_OKINA = "ʻʼ’‘'`"
_PAIRS = {
    "yoʻ": "йў", "oʻ": "ў", "gʻ": "ғ", "sh": "ш", "ch": "ч", "ya": "я", "yo": "ё", "yu": "ю", "ye": "е",
    "a": "а", "b": "б", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "ҳ", "i": "и", "j": "ж", "k": "к", "l": "л",
    "m": "м", "n": "н", "o": "о", "p": "п", "q": "қ", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "x": "х",
    "y": "й", "z": "з", "ʼ": "ъ", "c": "ц",
}  # fmt: skip
#: loan words that end in a soft sign, which falls away before a vowel and before -лар
_SOFT = ("avtomobil", "parol", "nol", "rol", "modul", "profil", "model", "detal", "dvigatel", "yanvar", "fevral", "aprel",
         "iyun", "iyul", "sentabr", "oktabr", "noyabr", "dekabr", "medal", "kontrol")  # fmt: skip
_SOFT_STEM = re.compile(rf"^({'|'.join(_SOFT)})(?=$|[^aeioul])")
#: -siya is written -ция after these letters, but not in words that have an s of their own
_SIYA = re.compile(r"(?<=[nkp])siya")
_OWN_S = ("pensiya", "ekspansiya")
_TS = re.compile(r"ts(?=iya|ev|en|ik|ey)")
#: abbreviations that have a Cyrillic form of their own, and a unit or two
_WHOLE = {
    "BMT": "БМТ", "AQSH": "АҚШ", "KK.OO.YYYY": "КК.ОО.ЙЙЙЙ", "OO.YYYY": "ОО.ЙЙЙЙ", "MB": "МБ", "TN": "ТН", "kg": "кг",
}  # fmt: skip
_LATIN = frozenset({"Excel", "Chromium", "pc", "carton", "bag", "pallet"})
_KEEP = re.compile(
    r"%\(\w+\)[a-z]|%%|\{[^{}]*\}|<[^<>]*>|&#?\w+;|https?://\S+|\[\w+\]\(\S+\)|`[^`]*`|[\w-]+(?:[._@][\w-]+)+|(?<!\w)/[a-z][\w/]*|--[a-z-]+"
)
_WORD = re.compile(rf"[A-Za-z][A-Za-z0-9{_OKINA}]*|[0-9]+[A-Za-z][A-Za-z0-9]*")
_LETTERS = re.compile("|".join(sorted(_PAIRS, key=len, reverse=True)))
_VOWELS = "aeiou"


def from_latin(text: str) -> str:
    """A sentence in Uzbek Latin letters, in Uzbek Cyrillic letters; what stays Latin in both is left as it is."""
    out: list[str] = []
    end = 0
    for kept in _KEEP.finditer(text):
        out += (_words(text[end : kept.start()]), _WHOLE.get(kept[0], kept[0]))
        end = kept.end()
    out.append(_words(text[end:]))
    return "".join(out)


def _words(text: str) -> str:
    return _WORD.sub(lambda match: _word(match[0]), text)


@lru_cache(maxsize=8192)
def _word(word: str) -> str:
    if word in _WHOLE:
        return _WHOLE[word]
    letters = [sign for sign in word if sign.isalpha() and sign not in _OKINA]
    abbreviation = len(letters) > 1 and all(sign.isupper() for sign in letters)
    if word in _LATIN or abbreviation or any(sign.isdigit() for sign in word) or "w" in word.lower():
        return word
    lower = _apostrophes(word.lower())
    lower = _SOFT_STEM.sub(r"\1ь", lower)
    if not lower.startswith(_OWN_S):
        lower = _SIYA.sub("ция", lower)
    lower = _TS.sub("ц", lower)
    said = _LETTERS.sub(lambda match: _letter(lower, match), lower)
    return said[0].upper() + said[1:] if word[0].isupper() else said


def _apostrophes(word: str) -> str:
    """One sign for the letters oʻ and gʻ, another for the pause, whatever the writer's keyboard gave."""
    word = re.sub(rf"(?<=[og])[{_OKINA}]", "ʻ", word)
    return re.sub(rf"(?<![og])[{_OKINA}]", "ʼ", word)


def _letter(word: str, match: re.Match[str]) -> str:
    sign, at = match[0], match.start()
    before = word[at - 1] if at else ""
    if sign == "e" and (not before or before in _VOWELS):
        return "э"
    if sign == "ye" and before and before not in _VOWELS + "ʻʼ":
        return "ъе"
    if sign == "ʼ" and word[at + 1 : at + 2] == "h":  # only keeps s and h apart
        return ""
    return _PAIRS[sign]
