"""The tables an administrator may replace: what each is, and everything that is wrong with a new text of one.

:func:`problems` names row, column and value, so that a person can correct the file; an empty answer means that the
table can be used. A table may be stricter than the one that ships, never laxer where the domain blocks: see
:mod:`workflows.checks.severities`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows import customs_offices, profiles, storage, vehicle_profiles
from workflows import watch_list as watching
from workflows.checks.reference import Tolerances, load_reference, load_tolerances, shipped_texts
from workflows.checks.registry import USUAL
from workflows.checks.severities import may_be
from workflows.findings import Severity
from workflows.lanes import Lane
from workflows.stages import Stage

#: The sanctions list is XML and is read at the edge; here it has its name and title only.
SANCTIONS = "unsc.xml"
#: table -> what it is, in words
TITLES: Mapping[str, str] = {
    "precursors_hs.csv": "drug precursors and watched chemicals",
    "watch_hs.csv": "tariff codes of arms, explosives, dual-use goods and telecom",
    "controlled_medicines.csv": "narcotic, psychotropic and controlled medicines",
    "policy_goods.csv": "goods under a policy, such as infant formula",
    "dg_un_numbers.csv": "dangerous goods by UN number",
    "dg_keywords.json": "words that mean dangerous goods",
    "dg_segregation.json": "what may not stand or travel together",
    "required_documents.csv": "papers that are required, and when",
    "goods_types.csv": "goods type by tariff code",
    "tolerances.json": "tolerances and thresholds",
    "risk_indicators.csv": "points of the risk indicators",
    "check_severities.csv": "which check holds or blocks",
    customs_offices.NAME: "customs offices: minimum lane, expected and random shares, cap",
    storage.NAME: "bays and yard places: what may stand where",
    vehicle_profiles.NAME: "vehicles for the estimate of axle loads",
    SANCTIONS: "consolidated list of the UN Security Council",
}
#: Kept and versioned like the others, but written by risk officers; an administrator does not see it.
PROFILES = profiles.NAME
#: The same, for those who keep the watch list.
WATCH_LIST = watching.NAME
#: at most so many sentences about one table: a wrong file would give one a row
MOST = 50

Cell = Callable[[str], str | None]  # None, or what is wrong with the value


@dataclass(frozen=True, slots=True)
class _Csv:
    """A table of rows: its columns with what may stand in them, and the columns that make a row unique."""

    columns: Mapping[str, Cell]
    key: tuple[str, ...]
    row: Callable[[Mapping[str, str]], Iterator[tuple[str, str]]] | None = None
    may_be_empty: bool = False


def _any(_: str) -> str | None:
    return None


def _some(value: str) -> str | None:
    return None if value else "must not be empty"


def _like(pattern: str, words: str) -> Cell:
    form = re.compile(pattern)
    return lambda value: None if form.fullmatch(value) else f"must be {words}"


def _among(*words: str) -> Cell:
    return lambda value: (
        None if value in words else f"must be one of {', '.join(w or 'nothing' for w in words)}"
    )


def _points(value: str) -> str | None:
    if not re.fullmatch(r"-?[0-9]{1,3}", value) or not -100 <= int(value) <= 100:
        return "must be a whole number from -100 to 100"
    return None


_SEVERITY = _among(*Severity)
_HS6 = _like(r"[0-9]{6}", "six digits of a tariff code")
_PREFIX = _like(r"[0-9]{2,10}", "two to ten digits of a tariff code")
_CHECK = _among(*USUAL)


def _not_lighter(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A goods table may not make lighter what its check blocks."""
    code, text = row["check_code"], row["severity"]
    if code in USUAL and text in tuple(Severity) and USUAL[code] is Severity.BLOCK and text != Severity.BLOCK:
        yield "severity", f"{code} blocks; a BLOCK of the domain can never be lowered"


def _may_be(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    code, text = row["check_code"], row["severity"]
    if code not in USUAL or text not in tuple(Severity) or may_be(code, USUAL[code], Severity(text)):
        return
    if code.startswith("RSK-"):
        yield "check_code", f"{code} tells the lane and has no severity to set"
    else:
        yield "severity", f"{code} is {USUAL[code]} in the domain and can never be lowered"


def _range(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if (wrong := storage.range_problem(row)) is not None:
        yield "max_c", wrong


def _vehicle(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if (wrong := vehicle_profiles.row_problem(row)) is not None:
        yield wrong


_TABLES: Mapping[str, _Csv] = {
    "precursors_hs.csv": _Csv(
        {
            "hs6": _HS6,
            "substance_en": _some,
            "synonyms_ru_uz": _any,
            "incb_table": _among("I", "II", "SURV"),
            "cas": _like(r"([0-9]{2,7}-[0-9]{2}-[0-9])?", "a CAS number such as 108-24-7, or nothing"),
            "un_number": _like(r"([0-9]{4})?", "four digits, or nothing"),
            "match_mode": _among("HS6_OR_NAME", "NAME_OR_CAS"),
            "check_code": _among("CTL-01", "CTL-03"),
            "severity": _SEVERITY,
        },
        ("substance_en",),
        _not_lighter,
    ),
    "watch_hs.csv": _Csv(
        {
            "hs_prefix": _PREFIX,
            "description": _some,
            "category": _some,
            "check_code": _among("CTL-02", "CTL-03", "CTL-08"),
            "severity": _SEVERITY,
        },
        ("hs_prefix", "category"),
        _not_lighter,
    ),
    "controlled_medicines.csv": _Csv(
        {
            "inn": _some,
            "synonyms_ru": _any,
            "class": _among("N", "P", "NAT", "PREP"),
            "usual_hs6": _like(r"([0-9]{6})?", "six digits, or nothing"),
        },
        ("inn",),
    ),
    "policy_goods.csv": _Csv(
        {
            "hs6": _HS6,
            "description": _some,
            "check_code": _among("CTL-06"),
            "severity": _among(*Severity, "KEYWORD"),
        },
        ("hs6",),
    ),
    "dg_un_numbers.csv": _Csv(
        {
            "un": _like(r"[0-9]{1,4}", "up to four digits"),
            "proper_shipping_name_short": _some,
            "class_and_subsidiary": _like(
                r"[1-9](\.[0-9][A-Z]?)?( or [1-9](\.[0-9])?)*( ?\([^()]+\))?", "a class such as 3 or 6.1 (3)"
            ),
            "packing_group": _like(r"[IVX/ ,-]*", "I, II, III, or nothing"),
        },
        ("un", "proper_shipping_name_short"),
    ),
    "required_documents.csv": _Csv(
        {
            "doc_code": _like(r"[A-Z0-9_]+", "a code of capital letters"),
            "name_en": _some,
            "name_ru": _some,
            "name_uz": _some,
            "uz_customs_code": _any,
            "unece_1001": _any,
            "modes": _some,
            "goods_types": _some,
            "requirement": _among("M", "C", "O"),
            "condition_key": _any,
            "needed_by_stage": _among(*Stage),
            "from": _some,
        },
        ("doc_code", "modes", "goods_types", "condition_key", "needed_by_stage"),
    ),
    "goods_types.csv": _Csv(
        {"hs_prefix": _PREFIX, "goods_type": _like(r"[A-Z0-9_]+", "a type in capital letters")},
        ("hs_prefix",),
    ),
    "risk_indicators.csv": _Csv(
        {"indicator": _like(r"R[0-9]{2}", "an indicator such as R07"), "points": _points}, ("indicator",)
    ),
    "check_severities.csv": _Csv(
        {"check_code": _CHECK, "severity": _SEVERITY}, ("check_code",), _may_be, may_be_empty=True
    ),
    storage.NAME: _Csv(storage.CELLS, ("place",), _range, may_be_empty=True),
    vehicle_profiles.NAME: _Csv(vehicle_profiles.CELLS, ("profile",), _vehicle),
}


def problems(name: str, text: str) -> list[str]:
    """What is wrong with a new text of the table ``name``, a sentence each; empty when it can be used.

    Raises KeyError for a name that is no table of text (the sanctions list is read elsewhere).
    """
    if name not in (*TITLES, PROFILES, WATCH_LIST) or name == SANCTIONS:
        raise KeyError(name)
    table = _TABLES.get(name)
    found = list(_csv_problems(name, text, table)) if table else list(_json_problems(name, text))
    if not found:
        try:
            load_reference({**shipped_texts(), name: text})
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            found = [str(error) if isinstance(error, ValueError) else f"{name} cannot be used: {error!r}"]
    if len(found) > MOST:
        found = [*found[:MOST], f"{name}: and {len(found) - MOST} more"]
    return found


def _csv_problems(name: str, text: str, table: _Csv) -> Iterator[str]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        yield f"{name} is no table of comma-separated values: {error}"
        return
    head = [cell.strip() for cell in rows[0]] if rows else []
    wanted = list(table.columns)
    if head != wanted:
        missing = [column for column in wanted if column not in head]
        unknown = [column for column in head if column not in wanted]
        said = "; ".join(
            [f"missing {column!r}" for column in missing]
            + [f"unknown {column!r}" for column in unknown]
            + ([] if missing or unknown else ["their order is another"])
        )
        yield f"{name}, row 1: the columns must be {','.join(wanted)} ({said})"
        return
    seen: dict[tuple[str, ...], int] = {}
    count = 0
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if len(cells) != len(wanted):
            yield f"{name}, row {number}: has {len(cells)} values, the table has {len(wanted)} columns"
            continue
        row = dict(zip(wanted, (cell.strip() for cell in cells), strict=True))
        yield from _row_problems(name, number, row, table)
        key = tuple(row[column] for column in table.key)
        if key in seen:
            yield (
                f"{name}, row {number}, column {' and '.join(table.key)}: "
                f"{' '.join(key)!r} stands in row {seen[key]} already"
            )
        seen.setdefault(key, number)
    if not count and not table.may_be_empty:
        yield f"{name} has no rows: an empty table would let everything pass"


def _row_problems(name: str, number: int, row: Mapping[str, str], table: _Csv) -> Iterator[str]:
    for column, cell in table.columns.items():
        if (wrong := cell(row[column])) is not None:
            yield f"{name}, row {number}, column {column}: {row[column]!r} {wrong}"
    for column, wrong in table.row(row) if table.row is not None else ():
        yield f"{name}, row {number}, column {column}: {row[column]!r}: {wrong}"


def _json_problems(name: str, text: str) -> Iterator[str]:
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        yield f"{name} is not valid JSON: {error}"
        return
    if not isinstance(data, dict):
        yield f"{name} must hold one JSON object"
        return
    match name:
        case customs_offices.NAME:
            yield from customs_offices.problems(text)
        case profiles.NAME:
            yield from profiles.problems(text)
        case watching.NAME:
            yield from watching.problems(text)
        case "tolerances.json":
            try:
                wanted = load_tolerances(text)
            except (ValueError, AttributeError) as error:
                yield str(error)
                return
            yield from _tolerance_problems(name, wanted, load_tolerances(shipped_texts()[name]))
        case "dg_keywords.json":
            words = data.get("keywords")
            if not isinstance(words, dict) or not words:
                yield f"{name}: `keywords` must name UN numbers, each with its words"
                return
            for un, each in words.items():
                if not re.fullmatch(r"[0-9]{4}", un):
                    yield f"{name}, keywords: {un!r} must be four digits of a UN number"
                if not isinstance(each, list) or not all(isinstance(w, str) and w.strip() for w in each):
                    yield f"{name}, keywords.{un}: {each!r} must be a list of words"
        case "dg_segregation.json":
            yield from _segregation_problems(name, data)


def _segregation_problems(name: str, data: Mapping[str, Any]) -> Iterator[str]:
    shapes = {"adr_rid": dict, "imdg": dict, "iata": list, "kept_from_food": list, "kept_from_food_un": list}
    for key, shape in shapes.items():
        if not isinstance(data.get(key), shape) or not data[key]:
            yield f"{name}: `{key}` must be a {'table' if shape is dict else 'list'} that is not empty"
            return
    for pair, word in data["adr_rid"].items():
        if pair.count("|") not in (0, 1) or not isinstance(word, str):
            yield f"{name}, adr_rid: {pair!r} must be CLASS|CLASS with a word, not {word!r}"
    for row, line in data["imdg"].items():
        if not isinstance(line, dict) or not all(isinstance(word, str) for word in line.values()):
            yield f"{name}, imdg.{row}: {line!r} must name classes, each with a grade"
    for pair in data["iata"]:
        if not isinstance(pair, list) or not 1 <= len(pair) <= 2 or not all(isinstance(c, str) for c in pair):
            yield f"{name}, iata: {pair!r} must be a pair of classes"
    for key in ("kept_from_food", "kept_from_food_un"):
        for item in data[key]:
            if not isinstance(item, str):
                yield f"{name}, {key}: {item!r} must be text"


def _tolerance_problems(name: str, wanted: Tolerances, shipped: Tolerances) -> Iterator[str]:
    shares = {f"weight.{kind}": row for kind, row in wanted.weight.items()}
    for where, row in {**shares, "header_sum": wanted.header_weight, "tare": wanted.tare}.items():
        if not 0 <= row.relative <= Decimal("0.2"):
            yield f"{name}, {where}.relative: {row.relative} must be between 0 and 0.2 (20 %)"
        if not 0 <= row.absolute_kg <= 2000:
            yield f"{name}, {where}.absolute_kg: {row.absolute_kg} must be between 0 and 2000 kg"
    for kind in shipped.weight:
        if kind not in wanted.weight:
            yield f"{name}, weight: {kind!r} is missing"
    if not 0.5 <= wanted.review_score <= wanted.strong_score:
        yield f"{name}, sanctions.review: {wanted.review_score} must be between 0.5 and sanctions.strong"
    for key, value, most in (
        ("sanctions.strong", wanted.strong_score, shipped.strong_score),
        ("sanctions.review", wanted.review_score, shipped.review_score),
        ("sanctions.list_hold_days", wanted.list_hold_days, shipped.list_hold_days),
        ("sanctions.list_warn_hours", wanted.list_warn_hours, shipped.list_warn_hours),
    ):
        if not 0 < value <= most:
            yield f"{name}, {key}: {value} must be above 0 and not above {most}: screening can be made stricter only"
    if not 0 < wanted.yellow_points <= wanted.red_points:
        yield f"{name}, risk: yellow ({wanted.yellow_points}) must be above 0 and not above red ({wanted.red_points})"
    for key, share in (("random_yellow", wanted.random_yellow), ("random_red", wanted.random_red)):
        if not 0 <= share <= 1:
            yield f"{name}, risk.{key}: {share} must be between 0 and 1"
    if wanted.minimum_lane not in tuple(Lane):
        yield f"{name}, risk.humanitarian_minimum_lane: {wanted.minimum_lane!r} must be one of {', '.join(Lane)}"
    for key, figure in (
        ("shelf_life.medicine_min_months_at_arrival", wanted.medicine_min_months),
        ("shelf_life.vaccine_min_months_at_arrival", wanted.vaccine_min_months),
        ("shelf_life.food_warn_days", wanted.food_warn_days),
        ("temperature.max_gap_minutes", wanted.max_gap_minutes),
        ("header_sum.packages", wanted.header_packages),
    ):
        if figure < 0:
            yield f"{name}, {key}: {figure} must not be below 0"
    for axle in shipped.road_limits_kg:
        if wanted.road_limits_kg.get(axle, Decimal(0)) <= 0:
            yield f"{name}, road_limits_kg.{axle}: must be above 0 kg"
    for rule in wanted.temperature:
        if rule.min_c is not None and rule.max_c is not None and rule.min_c > rule.max_c:
            yield f"{name}, temperature.{rule.name}: min_c {rule.min_c} is above max_c {rule.max_c}"


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no figure")
