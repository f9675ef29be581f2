"""Reference data of the checks: goods types, documents, controlled goods, dangerous goods, tolerances.

The tables are data with a version (SHA-256 of the file), so that a finding can say which table it rests on
and an administrator can replace one. Loaders take text, never paths; :func:`default_reference` reads the
copies that ship with the product.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from workflows import customs_offices, profiles, storage, vehicle_profiles
from workflows import watch_list as watching
from workflows.findings import Severity

V = TypeVar("V")
#: The files this module reads, by their name in ``workflows/data``.
NAMES = (
    "goods_types.csv",
    "required_documents.csv",
    "precursors_hs.csv",
    "watch_hs.csv",
    "controlled_medicines.csv",
    "policy_goods.csv",
    "dg_un_numbers.csv",
    "dg_segregation.json",
    "dg_keywords.json",
    "risk_indicators.csv",
    "check_severities.csv",
    "tolerances.json",
    "codes.json",
    "goods_words.json",
    "name_words.json",
    customs_offices.NAME,
    profiles.NAME,
    watching.NAME,
    storage.NAME,
    vehicle_profiles.NAME,
)
#: Tables that came later: where judgements of before them are made again, they are empty.
LATER = frozenset({watching.NAME, customs_offices.NAME, profiles.NAME, storage.NAME, vehicle_profiles.NAME})


@dataclass(frozen=True, slots=True)
class DocumentRule:
    """One row of required_documents.csv. ``modes`` and ``goods_types`` are empty when every one is meant."""

    code: str
    name: Mapping[str, str]
    modes: frozenset[str]
    goods_types: frozenset[str]
    requirement: str  # M must, C when the condition is met, O optional
    condition: str  # "", "always", "plan.storage or plan.free_circulation", "WGT-03 fired"
    needed_by: str  # a stage
    by_terminal: bool


@dataclass(frozen=True, slots=True)
class Precursor:
    """One scheduled or watched chemical. ``by_hs6`` is False where the subheading is shared by harmless goods."""

    hs6: str
    name: str
    names: tuple[str, ...]
    table: str  # I, II or SURV
    cas: str | None
    un_number: str | None
    by_hs6: bool
    check: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class WatchEntry:
    """One tariff prefix of arms, explosives, dual-use goods or telecom equipment."""

    prefix: str
    name: str
    category: str
    check: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class ControlledMedicine:
    """One narcotic, psychotropic or nationally controlled substance; ``kind`` is N, P, NAT or PREP."""

    inn: str
    names: tuple[str, ...]
    kind: str
    hs6: str


@dataclass(frozen=True, slots=True)
class UnNumber:
    """A UN number: its classes (several where the table allows a choice), subsidiary labels, packing group."""

    un: str
    name: str
    classes: tuple[str, ...]
    subsidiary: tuple[str, ...]
    packing_group: str | None

    @property
    def labels(self) -> tuple[str, ...]:
        """Hazard labels that count for segregation: the main class and the subsidiary ones."""
        return (*self.classes, *self.subsidiary)


@dataclass(frozen=True, slots=True)
class Segregation:
    """What may not stand together: on one vehicle (ADR/RID), in one bay (IMDG grades), on one aircraft (IATA)."""

    adr: Mapping[frozenset[str], str]
    imdg: Mapping[tuple[str, str], str]
    iata: frozenset[frozenset[str]]
    kept_from_food: frozenset[str]
    kept_from_food_un: frozenset[str]


@dataclass(frozen=True, slots=True)
class WeightTolerance:
    """``max(relative x declared, absolute_kg)`` is the difference still allowed; equal passes."""

    relative: Decimal
    absolute_kg: Decimal

    def limit_kg(self, declared_kg: Decimal) -> Decimal:
        """The allowed difference for a declared gross weight, kg."""
        return max(abs(declared_kg) * self.relative, self.absolute_kg)


@dataclass(frozen=True, slots=True)
class TemperatureRule:
    """A storage range (degrees Celsius) and how many minutes outside raise an alarm."""

    name: str
    min_c: Decimal | None
    max_c: Decimal | None
    alarm_minutes: int
    freeze_c: Decimal | None = None
    freeze_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Every threshold of the checks; configuration, changed by an administrator only."""

    weight: Mapping[str, WeightTolerance]
    header_weight: WeightTolerance
    header_packages: int
    tare: WeightTolerance
    medicine_min_months: int
    vaccine_min_months: int
    food_warn_days: int
    temperature: tuple[TemperatureRule, ...]
    max_gap_minutes: int
    strong_score: float
    review_score: float
    list_warn_hours: int
    list_hold_days: int
    yellow_points: int
    red_points: int
    random_yellow: Decimal
    random_red: Decimal
    minimum_lane: str
    road_limits_kg: Mapping[str, Decimal]
    dwell_minutes: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """All tables, frozen; one copy is equal only to itself. ``versions`` maps file name -> SHA-256 of the text it was read from."""

    goods_types: Mapping[str, str]
    goods_type_parents: Mapping[str, tuple[str, ...]]
    documents: tuple[DocumentRule, ...]
    precursors: tuple[Precursor, ...]
    watch: tuple[WatchEntry, ...]
    medicines: tuple[ControlledMedicine, ...]
    policy: Mapping[str, tuple[str, str]]  # hs6 -> (description, severity or KEYWORD)
    un_numbers: Mapping[str, UnNumber]
    segregation: Segregation
    dg_keywords: Mapping[str, tuple[str, ...]]
    points: Mapping[str, int]
    tolerances: Tolerances
    words: Mapping[str, Any]  # goods_words.json: vocabulary that supports the tariff code
    name_words: Mapping[str, Any]  # name_words.json: titles, legal forms, generic words of names
    versions: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)  # check -> what the administrator set
    offices: tuple[customs_offices.Office, ...] = ()
    profiles: tuple[profiles.Profile, ...] = ()
    watched: tuple[watching.Watched, ...] = ()
    places: tuple[storage.StoragePlace, ...] = ()
    vehicles: tuple[vehicle_profiles.Profile, ...] = ()

    def longest_goods_type(self, hs: str) -> str | None:
        """The goods type of the longest tariff prefix that fits, or None."""
        for length in range(len(hs), 1, -1):
            if (found := self.goods_types.get(hs[:length])) is not None:
                return found
        return None

    def with_parents(self, types: frozenset[str]) -> frozenset[str]:
        """The types and everything they are a kind of (a VACCINE is a MEDICINE)."""
        found, todo = set(types), list(types)
        while todo:
            for parent in self.goods_type_parents.get(todo.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return frozenset(found)


def load_reference(texts: Mapping[str, str]) -> Reference:
    """Build the tables from the text of each file of :data:`NAMES`.

    Raises ValueError with the file, row and reason when a table cannot be used; nothing is half loaded.
    """
    missing = [name for name in NAMES if name not in texts and name not in LATER]
    if missing:
        raise ValueError(f"reference data incomplete: no {', '.join(missing)}")
    codes = _json(texts, "codes.json")
    policy = {
        row["hs6"]: (row["description"], row["severity"]) for _, row in _rows(texts, "policy_goods.csv")
    }
    return Reference(
        goods_types={row["hs_prefix"]: row["goods_type"] for _, row in _rows(texts, "goods_types.csv")},
        goods_type_parents={kind: tuple(up) for kind, up in codes["goods_type_parents"].items()},
        documents=tuple(_document(row) for _, row in _rows(texts, "required_documents.csv")),
        precursors=tuple(_precursor(n, row) for n, row in _rows(texts, "precursors_hs.csv")),
        watch=tuple(_watch(n, row) for n, row in _rows(texts, "watch_hs.csv")),
        medicines=tuple(_medicine(row) for _, row in _rows(texts, "controlled_medicines.csv")),
        policy=policy,
        un_numbers={row["un"].zfill(4): _un_number(row) for _, row in _rows(texts, "dg_un_numbers.csv")},
        segregation=_segregation(_json(texts, "dg_segregation.json")),
        dg_keywords={un: tuple(words) for un, words in _json(texts, "dg_keywords.json")["keywords"].items()},
        points={row["indicator"]: int(row["points"]) for _, row in _rows(texts, "risk_indicators.csv")},
        tolerances=load_tolerances(texts["tolerances.json"]),
        words=_json(texts, "goods_words.json"),
        name_words=_json(texts, "name_words.json"),
        severities={
            row["check_code"]: _severity(n, row["severity"])
            for n, row in _rows(texts, "check_severities.csv")
        },
        versions={n: hashlib.sha256(texts[n].encode()).hexdigest() for n in NAMES if n in texts},
        offices=_later(texts, customs_offices.NAME, customs_offices.load_offices),
        profiles=_later(texts, profiles.NAME, profiles.load_profiles),
        watched=_later(texts, watching.NAME, watching.load_watch_list),
        places=_later(texts, storage.NAME, storage.load_places),
        vehicles=_later(texts, vehicle_profiles.NAME, vehicle_profiles.load_profiles),
    )


def _later(texts: Mapping[str, str], name: str, load: Callable[[str], tuple[V, ...]]) -> tuple[V, ...]:
    return load(texts[name]) if name in texts else ()


@lru_cache(maxsize=1)
def shipped_texts() -> Mapping[str, str]:
    """The text of every table as it ships with the product."""
    folder = files("workflows").joinpath("data")
    return {name: folder.joinpath(name).read_text(encoding="utf-8") for name in NAMES}


@lru_cache(maxsize=1)
def default_reference() -> Reference:
    """The tables that ship with the product."""
    return load_reference(shipped_texts())


def load_tolerances(text: str) -> Tolerances:
    """Read tolerances.json; numbers become Decimal. Raises ValueError naming what is missing or wrong."""
    try:
        data = json.loads(text, parse_float=Decimal)
        weight = {
            name: WeightTolerance(Decimal(row["relative"]), Decimal(row["absolute_kg"]))
            for name, row in data["weight"].items()
            if "relative" in row
        }
        header, tare, shelf = data["header_sum"], data["tare"], data["shelf_life"]
        sanctions, risk, temperature = data["sanctions"], data["risk"], data["temperature"]
        return Tolerances(
            weight=weight,
            header_weight=WeightTolerance(
                Decimal(header["weight_relative"]), Decimal(header["weight_absolute_kg"])
            ),
            header_packages=int(header["packages"]),
            tare=WeightTolerance(Decimal(tare["relative"]), Decimal(tare["absolute_kg"])),
            medicine_min_months=int(shelf["medicine_min_months_at_arrival"]),
            vaccine_min_months=int(shelf["vaccine_min_months_at_arrival"]),
            food_warn_days=int(shelf["food_warn_days"]),
            temperature=tuple(
                _temperature(name, row) for name, row in temperature.items() if isinstance(row, dict)
            ),
            max_gap_minutes=int(temperature["max_gap_minutes"]),
            strong_score=float(sanctions["strong"]),
            review_score=float(sanctions["review"]),
            list_warn_hours=int(sanctions["list_warn_hours"]),
            list_hold_days=int(sanctions["list_hold_days"]),
            yellow_points=int(risk["yellow"]),
            red_points=int(risk["red"]),
            random_yellow=Decimal(risk["random_yellow"]),
            random_red=Decimal(risk["random_red"]),
            minimum_lane=str(risk["humanitarian_minimum_lane"]),
            road_limits_kg={name: Decimal(kg) for name, kg in data["road_limits_kg"].items()},
            dwell_minutes={name: int(minutes) for name, minutes in data["dwell_targets_minutes"].items()},
        )
    except (KeyError, TypeError, ArithmeticError, json.JSONDecodeError) as error:
        raise ValueError(f"tolerances.json cannot be used: {error!r}") from error


def _json(texts: Mapping[str, str], name: str) -> Any:
    try:
        return json.loads(texts[name])
    except json.JSONDecodeError as error:
        raise ValueError(f"{name} is not valid JSON: line {error.lineno}, {error.msg}") from error


def _rows(texts: Mapping[str, str], name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table, each with ``file, row N`` for messages."""
    for number, row in enumerate(csv.DictReader(io.StringIO(texts[name])), start=2):
        yield f"{name}, row {number}", {key: (value or "").strip() for key, value in row.items() if key}


def _severity(where: str, text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        raise ValueError(f"{where}: severity {text!r} is not one of {', '.join(Severity)}") from None


def _split(text: str) -> frozenset[str]:
    return frozenset() if text in ("", "ALL") else frozenset(text.split(";"))


def _document(row: Mapping[str, str]) -> DocumentRule:
    return DocumentRule(
        code=row["doc_code"],
        name={"en": row["name_en"], "ru": row["name_ru"], "uz": row["name_uz"]},
        modes=_split(row["modes"]),
        goods_types=_split(row["goods_types"]),
        requirement=row["requirement"],
        condition=row["condition_key"],
        needed_by=row["needed_by_stage"],
        by_terminal=row["from"] == "system",
    )


def _precursor(where: str, row: Mapping[str, str]) -> Precursor:
    return Precursor(
        hs6=row["hs6"],
        name=row["substance_en"],
        names=(row["substance_en"], *filter(None, row["synonyms_ru_uz"].split("|"))),
        table=row["incb_table"],
        cas=row["cas"] or None,
        un_number=row["un_number"] or None,
        by_hs6=row["match_mode"] == "HS6_OR_NAME",
        check=row["check_code"],
        severity=_severity(where, row["severity"]),
    )


def _watch(where: str, row: Mapping[str, str]) -> WatchEntry:
    if not row["hs_prefix"].isdigit():
        raise ValueError(f"{where}: tariff prefix {row['hs_prefix']!r} is not digits")
    return WatchEntry(
        row["hs_prefix"],
        row["description"],
        row["category"],
        row["check_code"],
        _severity(where, row["severity"]),
    )


def _medicine(row: Mapping[str, str]) -> ControlledMedicine:
    inn = row["inn"].removesuffix(" preparations")
    synonyms = [name.replace("(препараты)", "").strip(" *") for name in row["synonyms_ru"].split("|")]
    return ControlledMedicine(inn, (inn, *filter(None, synonyms)), row["class"], row["usual_hs6"])


def _un_number(row: Mapping[str, str]) -> UnNumber:
    main, _, rest = row["class_and_subsidiary"].partition("(")
    return UnNumber(
        un=row["un"].zfill(4),
        name=row["proper_shipping_name_short"],
        classes=tuple(part.strip() for part in main.split(" or ")),
        subsidiary=tuple(part.strip() for part in rest.rstrip(") ").split(",") if part.strip()),
        packing_group=row["packing_group"] or None,
    )


def _segregation(data: Mapping[str, Any]) -> Segregation:
    return Segregation(
        adr={frozenset(pair.split("|")): word for pair, word in data["adr_rid"].items()},
        imdg={(row, column): word for row, line in data["imdg"].items() for column, word in line.items()},
        iata=frozenset(frozenset(pair) for pair in data["iata"]),
        kept_from_food=frozenset(data["kept_from_food"]),
        kept_from_food_un=frozenset(data["kept_from_food_un"]),
    )


def _temperature(name: str, row: Mapping[str, Any]) -> TemperatureRule:
    def number(key: str) -> Decimal | None:
        return Decimal(row[key]) if key in row else None

    return TemperatureRule(
        name=name,
        min_c=number("min_c"),
        max_c=number("max_c"),
        alarm_minutes=int(row["alarm_minutes_out"]),
        freeze_c=number("freeze_alarm_c"),
        freeze_minutes=int(row.get("freeze_minutes", 0)),
    )
