"""Folding: the same code however it was typed, painted or read.

Look-alike letters (Cyrillic А В Е К М Н О Р С Т У Х and friends) are folded to Latin in codes and reported,
because a code in two alphabets is either a habit or a trick. A keyboard wedge that types under a Russian or
Uzbek Cyrillic layout is another thing: there each *key* is right and each letter wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = {ord(c): str(i) for zero in ("٠", "۰") for i, c in enumerate(chr(ord(zero) + n) for n in range(10))}

#: Cyrillic letter -> the Latin letter it looks like. І and Ј, Ѕ occur in neighbours' alphabets.
_LOOKALIKES = {
    ord(cyrillic): latin for cyrillic, latin in zip("АВЕКМНОРСТУХІЈЅЁ", "ABEKMHOPCTYXIJSE", strict=True)
} | {ord(cyrillic): latin for cyrillic, latin in zip("аеорсухіјѕкмтнв", "aeopcyxijskmthb", strict=True)}

# Keys of a US keyboard, and what the same keys type under the Russian and Uzbek Cyrillic layouts.
_US = "`qwertyuiop[]asdfghjkl;'zxcvbnm,./" + '~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
_RU = "ёйцукенгшщзхъфывапролджэячсмитьбю." + "ЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ,"
_LAYOUT = {ord(typed): meant for typed, meant in zip(_RU, _US, strict=True)} | {
    ord("ў"): "o", ord("Ў"): "O", ord("қ"): "s", ord("Қ"): "S",
    ord("ғ"): "-", ord("Ғ"): "_", ord("ҳ"): "=", ord("Ҳ"): "+",
    # shifted digits and the key beside Enter
    ord('"'): "@", ord("№"): "#", ord(";"): "$", ord(":"): "^", ord("?"): "&", ord("/"): "|",
}  # fmt: skip

_PUNCTUATION = re.compile(r"[\s\u200b-\u200f\u2060\ufeff().\[\]{}_\-\u2010-\u2015\u2212/]+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the look-alike letters that were replaced, in the order met."""

    text: str
    lookalikes: tuple[str, ...] = ()


def fold_digits(text: str) -> str:
    """Write Persian and Arabic-Indic digits as 0-9; everything else stays."""
    return text if text.isascii() else text.translate(_DIGITS)


def fold_lookalikes(text: str) -> Folded:
    """Replace Cyrillic look-alikes by Latin letters, keeping case, and say which ones there were."""
    if text.isascii():
        return Folded(text)
    found = tuple(character for character in text if ord(character) in _LOOKALIKES)
    return Folded(text.translate(_LOOKALIKES), found) if found else Folded(text)


def fold_code(text: str) -> Folded:
    """Canonical form of a code: no spaces, dashes, dots, slashes or brackets; upper case; Latin; 0-9."""
    folded = fold_lookalikes(fold_digits(_PUNCTUATION.sub("", text)).upper())
    return Folded(folded.text.upper(), folded.lookalikes)


def has_cyrillic(text: str) -> bool:
    """True when any Cyrillic letter occurs."""
    return not text.isascii() and _CYRILLIC.search(text) is not None


def unscramble_layout(text: str) -> str | None:
    """What a wedge scanner meant when its keys went through a Cyrillic layout, or None when it did not.

    A scrambled code has Cyrillic letters (or ``№``) and no Latin ones: under such a layout no key types Latin.
    Shift is kept; when the result begins with a shifted symbology identifier (``}c1``) Caps Lock was on and
    every case is turned. A group separator that the keyboard swallowed cannot come back here.
    """
    if _LATIN.search(text) or not (has_cyrillic(text) or "№" in text):
        return None
    meant = text.translate(_LAYOUT)
    if re.match(r"\}[A-Za-z]\d", meant):
        return text.swapcase().translate(_LAYOUT)
    return meant
