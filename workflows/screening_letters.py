"""Words of names compared across scripts: Arabic letters leave short vowels out and write two sounds with one letter.

Both words come folded in Latin letters (:func:`workflows.screening_names.fold_word`). What Arabic script cannot tell
costs next to nothing: short vowels, ``و`` for v, o and u, ``ی`` for y, i and e, a final ``ه`` for a. What it can tell
costs in full: the consonants, which carry the name. Letters that the Arabic and the Persian alphabet write differently
(p/b, g/j) stand between.

Source: the usual romanisation of Dari and Pashto names (BGN/PCGN), read backwards; the costs are our own, measured by
``python -m terminal.bench --only screening``.
"""

from __future__ import annotations

from functools import lru_cache

#: No two words written in different scripts are more alike than this: a person looks.
MOST = 0.97
#: Fewer consonants than this do not tell one name from another.
FEW_CONSONANTS = 2

_VOWELS = frozenset("aeiou")
_WEAK = _VOWELS | {"y", "v", "h"}
_SAID_BY = {"v": frozenset("ou"), "y": frozenset("ie"), "a": _VOWELS}
_NEAR = frozenset(
    map(frozenset, ("pb", "gj", "gk", "fv", "sz", "td", "jz"))  # Arabic for Persian letters
)
_VOWEL, _LETTER_H, _HALF_VOWEL, _NEAR_COST = 0.05, 0.25, 0.35, 0.4


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """The letters of a folded word that every script writes: its consonants without v, y and h."""
    return "".join(letter for letter in word if letter not in _WEAK)


@lru_cache(maxsize=65536)
def alike_across(a: str, b: str) -> float:
    """How alike two folded words of different scripts are, 0..:data:`MOST`; the order does not count.

    1 less the cost of turning one into the other, by its consonants. Words of fewer than two consonants are alike
    only when nothing but vowels of the same sound differs.
    """
    if not a or not b:
        return 0.0
    cost = _cost(a, b)
    consonants = max(len(skeleton(a)), len(skeleton(b)))
    if consonants < FEW_CONSONANTS:
        return MOST if a == b else 0.0 if cost > 2 * _VOWEL else 0.9
    return max(0.0, min(MOST, 1 - cost / (consonants + 0.5)))


def _cost(a: str, b: str) -> float:
    """The cheapest way from one word to the other: letters left out, added, or written for another."""
    row = [0.0]
    for letter in b:
        row.append(row[-1] + _missing(letter))
    for i, left in enumerate(a):
        before, row = row, [row[0] + _missing(left)]
        for j, right in enumerate(b):
            last = i == len(a) - 1 and j == len(b) - 1
            row.append(
                min(
                    before[j] + _written_for(left, right, last=last),
                    before[j + 1] + _missing(left),
                    row[j] + _missing(right),
                )
            )
    return row[-1]


def _missing(letter: str) -> float:
    if letter in _VOWELS:
        return _VOWEL
    return _LETTER_H if letter == "h" else _HALF_VOWEL if letter in "yv" else 1.0


def _written_for(a: str, b: str, *, last: bool) -> float:
    if a == b:
        return 0.0
    if b in _SAID_BY.get(a, ()) or a in _SAID_BY.get(b, ()):
        return 0.0 if a in "vy" or b in "vy" else _VOWEL
    if a in _VOWELS and b in _VOWELS:
        return 2 * _VOWEL
    pair = frozenset((a, b))
    if last and "h" in pair and pair & _VOWELS:
        return 0.0
    return _NEAR_COST if pair in _NEAR else 1.0
