"""Vehicle plates: forms of the neighbours' plates, and the one rule for comparing two of them.

Patterns come from ``data/plates.json`` in the order to be tried. An unknown form is a warning (ID-08), no
more: plates change faster than tables.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from workflows.identifiers.folding import fold_code
from workflows.identifiers.keys import lookalike_notes
from workflows.identifiers.results import Identifier, Kind, Reason, Result, Unreadable

_PERSIAN_FORMS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "\u200c": "", "\u0640": ""})
_PERSIAN_PARTS = re.compile(r"([\u0600-\u06ff]{2,12})([0-9]{1,6})([\u0600-\u06ff]?)")


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """One form of plate: where it is from, what vehicles carry it, its regular expression."""

    id: str
    country: str
    vehicle: str
    regex: re.Pattern[str]


@lru_cache(maxsize=1)
def _data() -> tuple[tuple[PlatePattern, ...], dict[str, str], dict[str, str]]:
    content = json.loads(files("workflows").joinpath("data/plates.json").read_text(encoding="utf-8"))
    patterns = tuple(
        PlatePattern(p["id"], p["country"], p["vehicle"], re.compile(p["regex"])) for p in content["patterns"]
    )
    return patterns, content["af_province_persian"], content["af_class_persian"]


def normalise_plate(text: str) -> str:
    """A plate for comparing: upper case, no spaces, dashes, dots; look-alikes Latin; Persian digits as 0-9.

    An all-Persian Afghan reading is written with its province code (``بلخ 12345 ل`` -> ``BLH12345L``) where
    the province and class are known.
    """
    value = fold_code(text.translate(_PERSIAN_FORMS)).text
    match = _PERSIAN_PARTS.fullmatch(value)
    if match is not None:
        _, provinces, classes = _data()
        province, letter = provinces.get(match[1]), classes.get(match[3], "")
        if province is not None and (letter or not match[3]):
            return province + match[2] + letter
    return value


def plate(text: str) -> Result:
    """Read a plate: the first pattern that fits names country and form in ``detail``."""
    folded = fold_code(text.translate(_PERSIAN_FORMS))
    value = normalise_plate(text)
    if not value:
        return Unreadable(Reason.EMPTY, text, Kind.PLATE)
    for candidate in (value, folded.text):
        for pattern in _data()[0]:
            if pattern.regex.fullmatch(candidate):
                detail = {"form": pattern.id, "country": pattern.country}
                return Identifier(
                    Kind.PLATE, value, text, value, detail=detail, notes=lookalike_notes(folded)
                )
    return Unreadable(Reason.UNKNOWN_FORM, text, Kind.PLATE, {"normalised": value})


@dataclass(frozen=True, slots=True)
class PlateComparison:
    """Two plates side by side after normalising.

    ``equal`` means the same plate; ``ask`` that one character differs and the camera was unsure, so a person
    looks at the photo; neither means the vehicle differs from the papers (VEH-01).
    """

    declared: str
    read: str
    equal: bool
    ask: bool
    lookalikes: bool


def compare_plates(declared: str, read: str, confidence: float | None = None) -> PlateComparison:
    """Compare a declared plate with one read; ``confidence`` (0..1) is the camera's, None when typed.

    An Afghan plate read in the other order (``12345LBLH``) is the same plate.
    """
    left, right = normalise_plate(declared), normalise_plate(read)
    equal = left == right or (_turned(left) == right) or (_turned(right) == left)
    apart = len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 1
    unsure = confidence is not None and confidence < 0.9
    lookalikes = bool(fold_code(declared).lookalikes or fold_code(read).lookalikes)
    return PlateComparison(left, right, equal, not equal and apart and unsure, lookalikes)


def _turned(value: str) -> str | None:
    match = re.fullmatch(r"([0-9]{1,6}(?:L|B|T|PRV)?)([A-Z]{3})", value)
    return match[2] + match[1] if match else None
