"""What people type into a search box, made comparable with what stands on papers: in any letters, with any apostrophe.

A number is compared without its punctuation and case, Cyrillic look-alikes as Latin. A name is compared as it sounds in
Latin letters, so that Uzbek, Russian and English spellings meet; names in Arabic letters meet the others by the
consonants of each word, because short vowels are not written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from workflows.identifiers.folding import fold_code
from workflows.screening_letters import skeleton
from workflows.screening_names import fold_word

_ARABIC = re.compile(r"[\u0600-\u06ff]")
_APOSTROPHES = frozenset("ʻʼ")  # letters to Python, marks to people
_WORD = re.compile(r"[^\W_]+(?:[ʻʼ'’‘`´][^\W_]+)*")
#: fewer consonants than this tell nothing
_BONES = 2
SHORTEST = 3


def code_form(text: str) -> str:
    """A number: letters and digits only, lower case, Latin."""
    folded = fold_code(unicodedata.normalize("NFKC", text)).text.lower()
    return "".join(c for c in folded if c.isalnum() and c not in _APOSTROPHES)


def name_form(text: str) -> str:
    """A name as it sounds, its words run together."""
    return "".join(_sounds(word) for word in _WORD.findall(text))


def _sounds(word: str) -> str:
    return "".join(c for c in fold_word(word) if c.isalnum())


def _bones(text: str, mark: str) -> list[str]:
    names = (word for word in _WORD.findall(text) if not any(c.isdigit() for c in word))
    found = (skeleton(_sounds(word)) for word in names)
    return [f"{mark}~{bones}" for bones in found if len(bones) >= _BONES]


def kept(text: str, *, name: bool) -> str:
    """What the index keeps of a text: its forms, a space between them. ``name``: it is a name, not a number."""
    forms = [code_form(text)]
    if name:
        arabic = _ARABIC.search(text) is not None
        forms += [name_form(text), *_bones(text, "a" if arabic else "l")]
    return " ".join(dict.fromkeys(form for form in forms if form))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a typed text may stand as in the index: one of ``forms``; all of ``bones``, if there are any."""

    forms: tuple[str, ...]
    bones: tuple[str, ...] = ()

    @property
    def long_enough(self) -> bool:
        """False for so few letters that everything would be found."""
        return any(len(form) >= SHORTEST for form in self.forms) or bool(self.bones)


def wanted(text: str) -> Wanted:
    """A typed text as it is looked for."""
    forms = tuple(dict.fromkeys(form for form in (code_form(text), name_form(text)) if form))
    if any(form.isdigit() for form in forms):
        forms = (code_form(text),)  # a number has no sound
    return Wanted(forms, tuple(_bones(text, "l" if _ARABIC.search(text) else "a")))


def words(text: str) -> tuple[str, ...]:
    """The words of a typed text, for those who remember two things of what they look for."""
    return tuple(dict.fromkeys(word for word in text.split() if len(code_form(word)) >= 2))
