"""The words of packing lists: column heads and units in the languages met at the terminal.

Data: ``workflows/data/header_synonyms.json`` and ``units.json``. Everything is compared after the same
normalising: NFKC, lower case, Uzbek apostrophes folded, punctuation to spaces.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process

_APOSTROPHES = dict.fromkeys(map(ord, "ʻʼ’‘`´'ʹ"), None)
_ARABIC = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "\u200c": " ", "\u0640": None, "ё": "е"})
_WORDS = re.compile(r"[^\w#№³²]+", re.UNICODE)
_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")

#: Words of a heading that say the figure is for one piece and not for the line.
_PER_UNIT = re.compile(
    r"\b(per|each|unit (weight|gross|net)|за ед\w*|за шт\w*|1 места|одного места|единицы|1 ед|1 шт"
    r"|har bir|bir (dona|joy|birlik)\w*|ҳар бир|бир (дона|жой)\w*|فی)\b"
)

#: Words that mark the row of sums below a table.
_TOTAL = re.compile(
    r"^(grand |sub |general |overall )?(total|totals|subtotal)\b|^sum$|^(общий |общее |промежуточный )?"
    r"(итого|итог|всего|подытог)\b|^(umumiy |jami )?(jami|hammasi|yigindisi)\b|^(умумий )?(жами|ҳаммаси|барчаси)\b"
    r"|^(جمع|مجموع|مجموعه|مجموعی|ټول)\b|^(genel )?toplam\b|^(total général|somme|summe|gesamt|insgesamt)\b"
)
_SUBTOTAL = re.compile(r"^(sub ?total|подытог|промежуточный|жами бўлим|oraliq)\b")


@lru_cache(maxsize=20_000)
def normalise(text: str) -> str:
    """A heading or word for comparing: NFKC, lower case, no apostrophes, punctuation as single spaces."""
    text = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text)).lower().translate(_ARABIC)
    return " ".join(_WORDS.sub(" ", text.translate(_APOSTROPHES)).replace("_", " ").split())


@dataclass(frozen=True, slots=True)
class UnitWord:
    """What a unit word means: its family, its UN/ECE code, and the factor to kg or m³ where it has one."""

    family: str  # "mass" | "volume" | "count"
    code: str
    factor: Decimal = Decimal(1)


_VOLUME_FACTORS = {"MTQ": Decimal(1), "LTR": Decimal("0.001"), "MLT": Decimal("0.000001")}


def _load(name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads(
        files("workflows").joinpath(f"data/{name}").read_text(encoding="utf-8")
    )
    return content


@lru_cache(maxsize=1)
def _units() -> dict[str, UnitWord]:
    content = json.loads(files("workflows").joinpath("data/units.json").read_text(encoding="utf-8"))
    words: dict[str, UnitWord] = {}
    for family in ("mass", "volume", "count"):
        for code, entry in content[family].items():
            factor = _VOLUME_FACTORS.get(code, Decimal(1))
            if family == "mass":
                factor = Decimal(str(entry["factor_kg"]))
            for word in (code, *entry["accept"]):
                words.setdefault(normalise(word), UnitWord(family, code, factor))
    return words


@lru_cache(maxsize=1)
def _packages() -> dict[str, str]:
    content = json.loads(files("workflows").joinpath("data/units.json").read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    for code, entry in content["packages"].items():
        for word in (code, *entry["accept"]):
            words.setdefault(normalise(word), code)
    return words


def unit_word(text: str) -> UnitWord | None:
    """The unit a word names (kg, ц, тонн, pcs ...), or None."""
    return _units().get(normalise(text))


@lru_cache(maxsize=4_096)
def package_code(text: str) -> str | None:
    """UN/ECE Rec 21 code of a package word in any of the languages (pallet, мешок, quti ...), or None.

    "cardboard carton", "мешки 50 кг" and the like are read by their known word.
    """
    whole = normalise(text)
    known = _packages()
    if whole in known:
        return known[whole]
    words = re.sub(r"\b\d+([.,]\d+)?\b", " ", whole).split()
    for length in (3, 2, 1):
        for at in range(len(words) - length + 1):
            code = known.get(" ".join(words[at : at + length]))
            if code is not None and (length > 1 or len(words[at]) > 2):
                return code
    return None


@lru_cache(maxsize=4_096)
def quantity_unit(text: str) -> str | None:
    """UN/ECE code of a unit of measure column: Rec 20 for measures and counts, Rec 21 for packages."""
    found = unit_word(text)
    if found is not None:
        return found.code
    whole = normalise(text)
    exact = _packages().get(whole)
    if exact is not None:
        return exact
    words = [
        unit for word in whole.split() if not word.isdigit() and (unit := _units().get(word)) is not None
    ]
    counted = next((unit.code for unit in words if unit.family == "count"), None)
    return counted or package_code(whole) or (words[0].code if words else None)


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, str]:
    words: dict[str, str] = {}
    content = json.loads(files("workflows").joinpath("data/header_synonyms.json").read_text(encoding="utf-8"))
    for field, entries in content.items():
        words.setdefault(normalise(field), field)
        for entry in entries:
            words.setdefault(normalise(entry), field)
    words.pop("", None)
    return words


@lru_cache(maxsize=1)
def _long_synonyms() -> tuple[str, ...]:
    return tuple(word for word in _synonyms() if len(word) >= 6)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a column head or label means.

    ``field`` is the canonical column of header_synonyms.json (``any_weight`` for a weight that says neither
    gross nor net); ``unit`` the unit it names; ``strength`` 3 exact, 2 after taking the unit off, 1 alike;
    ``unknown_unit`` a word in the place of a unit that is none we know.
    """

    field: str
    unit: UnitWord | None = None
    package_type: str | None = None
    strength: int = 3
    unknown_unit: str | None = None


@lru_cache(maxsize=20_000)
def heading(text: str) -> Heading | None:
    """Understand one column head or label, or None. Units in it are taken off: ``Брутто, кг``."""
    whole = normalise(text)
    if not whole or len(whole) > 120:
        return None
    synonyms = _synonyms()
    exact = synonyms.get(whole)
    unit, package = _unit_in(text)
    if exact is not None:
        return Heading(exact, unit, package)
    if _PER_UNIT.search(whole):
        return Heading("per_unit_weight", unit, strength=1)
    bare, unit, package, odd = _without_unit(text)
    if bare != whole and bare in synonyms:
        return Heading(synonyms[bare], unit, package, 2, odd)
    for part in re.split(r"[/|\n\\;]|\s[-–—]\s", text):
        inner = _without_unit(part)
        if inner[0] in synonyms and inner[0] != whole and len(inner[0]) > 1:
            return Heading(synonyms[inner[0]], unit or inner[1], package or inner[2], 2, odd)
    for part in (re.sub(r"[(\[].*?[)\]]", " ", text), *re.findall(r"[(\[](.*?)[)\]]", text)):
        inner = _without_unit(part)
        if inner[0] in synonyms and len(inner[0]) > 1:
            return Heading(synonyms[inner[0]], unit or inner[1], package or inner[2], 2, odd)
    return _alike(bare or whole, unit, package, odd)


_ABBREVIATED = {"hs": "hs_code", "sscc": "sscc", "gtin": "gtin", "cas": "cas_number", "un": "un_number"}


def _alike(bare: str, unit: UnitWord | None, package: str | None, odd: str | None) -> Heading | None:
    synonyms = _synonyms()
    if len(bare) >= 6:
        best = process.extractOne(bare, _long_synonyms(), scorer=fuzz.ratio, score_cutoff=88)
        if best is not None:
            return Heading(synonyms[best[0]], unit, package, 1, odd)
        tokens = process.extractOne(bare, _long_synonyms(), scorer=fuzz.token_sort_ratio, score_cutoff=90)
        if tokens is not None:
            return Heading(synonyms[tokens[0]], unit, package, 1, odd)
    words = bare.split()
    if not 2 <= len(words) <= 7:
        return None
    # abbreviations that papers in every language keep in Latin letters: "کد HS", "HS kodi", "Код HS"
    for word in words if len(words) <= 3 else ():
        if word in _ABBREVIATED:
            return Heading(_ABBREVIATED[word], unit, package, 1, odd)
    for length in range(len(words) - 1, 0, -1):
        for at in range(len(words) - length + 1):
            phrase = " ".join(words[at : at + length])
            field = synonyms.get(phrase)
            if field is not None and len(phrase) >= 4:
                return Heading(field, unit, package, 1, odd)
    return None


_UNIT_PLACE = re.compile(r"[(\[,]\s*([^\s()\[\],]{1,12}(?:\s[^\s()\[\],]{1,6})?)\s*[)\]]?\s*$")
_IN_UNIT = re.compile(r"\b(?:in|в|во|ba|به)\s+(\S+)$")
#: Mass units that exist but cannot be converted without asking.
_STRANGE_UNITS = frozenset(
    {"пуд", "pood", "pud", "oz", "stone", "seer", "سیر", "من", "карат", "ct", "пудов", "cwt"}
)


def _unit_in(text: str) -> tuple[UnitWord | None, str | None]:
    _, unit, package, _ = _without_unit(text)
    return unit, package


def _without_unit(text: str) -> tuple[str, UnitWord | None, str | None, str | None]:
    """Heading without its unit: (normalised rest, unit, package code, unknown unit word)."""
    match = _UNIT_PLACE.search(text)
    if match is not None:
        word = match[1]
        rest = normalise(text[: match.start()])
        unit = unit_word(word)
        if unit is not None and rest:
            return rest, unit, None, None
        package = _packages().get(normalise(word))
        if package is not None and rest:
            return rest, None, package, None
        if normalise(word) in _STRANGE_UNITS:
            return rest, None, None, word
    whole = normalise(text)
    words = whole.split()
    inside = _IN_UNIT.search(whole)
    if inside is not None and (unit := unit_word(inside[1])) is not None:
        return whole[: inside.start()].strip(), unit, None, None
    if len(words) > 1:
        unit = unit_word(words[-1])
        if unit is not None:
            return " ".join(words[:-1]), unit, None, None
        if words[-1] in _STRANGE_UNITS:
            return " ".join(words[:-1]), None, None, words[-1]
        unit = unit_word(words[0])
        if unit is not None and unit.family == "mass":
            return " ".join(words[1:]), unit, None, None
        # "weight kg gross": the unit stands in the middle
        for at in range(1, len(words) - 1):
            unit = unit_word(words[at])
            if unit is not None and unit.family == "mass" and unit.code in ("KGM", "TNE", "DTN"):
                return " ".join(words[:at] + words[at + 1 :]), unit, None, None
    return whole, None, None, None


@lru_cache(maxsize=4_096)
def is_total_word(text: str) -> bool:
    """True when a cell begins a row of sums (total, итого, жами, jami, جمع ...)."""
    return _TOTAL.search(normalise(text)) is not None


_FILLERS = frozenset(
    [
        "по",
        "листу",
        "документу",
        "вагону",
        "вагонам",
        "накладной",
        "накладным",
        "мест",
        "места",
        "вес",
        "веса",
        "брутто",
        "нетто",
        "на",
        "в",
        "всем",
        "всего",
        "партии",
        "груза",
        "груз",
        "т",
        "кг",
        "ц",
        "шт",
        "сумма",
        "количество",
        "кол",
        "во",
        "общая",
        "общий",
        "масса",
        "паллет",
        "мешков",
        "коробок",
        "странице",
        "packages",
        "package",
        "weight",
        "kg",
        "mt",
        "pallets",
        "pallet",
        "cartons",
        "boxes",
        "bags",
        "for",
        "truck",
        "sheet",
        "page",
        "all",
        "row",
        "amount",
        "quantity",
        "qty",
        "gross",
        "net",
        "this",
        "the",
        "of",
        "in",
        "consignment",
        "shipment",
        "pcs",
        "sum",
        "and",
        "boyicha",
        "бўйича",
        "bo",
        "yicha",
        "vagon",
        "varaq",
        "joy",
        "жой",
        "joylar",
        "жойлар",
        "brutto",
        "netto",
    ]
)


def is_only_total(text: str) -> bool:
    """True when nothing but words of sums follows the total word: ``Итого по листу``; not ``Total station``."""
    words = normalise(text).split()
    return all(word in _FILLERS or word.isdigit() or is_total_word(word) for word in words)


def is_subtotal_word(text: str) -> bool:
    """True for sums of a part only, which never stand for the whole."""
    return _SUBTOTAL.search(normalise(text)) is not None


_WEIGHT_WORD = r"(?:weights?|mass|вес\w*|масс\w+|брутто|нетто|оғирли\w+|вазн\w*|ogirli\w+|vazn\w*|brutto|netto|gross|net|وزن)"
_TITLE_UNIT = re.compile(
    _WEIGHT_WORD + r"[\s:]+(?:\w+\s){0,3}?(?:(?:in|в|ba|به|is|are|указан\w*)\s+)?(\w+)\s*$"
)
_TITLE_UNIT_FIRST = re.compile(r"^(?:all )?" + _WEIGHT_WORD + r"\b.*?\b(?:in|в)\s+(\w+)")


def mass_unit_of_title(text: str) -> UnitWord | None:
    """The mass unit a title line prescribes for the table ("Weights in tonnes", "Вес: центнер"), or None.

    Lines that hold figures are values, not prescriptions.
    """
    whole = normalise(text)
    if len(whole) > 120 or re.search(r"\d", whole):
        return None
    for pattern in (_TITLE_UNIT, _TITLE_UNIT_FIRST):
        match = pattern.search(whole)
        if match is not None:
            unit = unit_word(match[1])
            if unit is not None and unit.family == "mass":
                return unit
    # "Оғирлик центнерда": the unit leads or ends the line in any case form
    words = whole.split()
    if re.search(_WEIGHT_WORD, whole):
        for word in words:
            unit = unit_word(word)
            if unit is not None and unit.family == "mass" and len(word) > 1:
                return unit
    return None


def known_fields(texts: Iterable[str]) -> set[str]:
    """The canonical fields that any of the texts head, for judging a guess at encoding or delimiter."""
    return {found.field for text in texts if (found := heading(text)) is not None}
