"""Customs offices and their lanes: minimum lane, expected shares, random selection, and the cap on RED.

Read from ``customs_offices.json``: configuration with a version, brought into force by an administrator through the
journal like every table of the checks. Shares are parts of one (0.02 is 2 %).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from workflows.routing_state import Lane

NAME = "customs_offices.json"
_CODE = re.compile(r"[A-Z0-9-]{2,12}")
_MODES = ("ROAD", "RAIL", "AIR", "RIVER")


@dataclass(frozen=True, slots=True)
class Office:
    """One customs office.

    ``modes`` are the ways of arrival that it clears. The terminal's own random shares and minimum lane count where
    they ask for more. ``cap_red`` is the largest share of RED among its last ``window`` consignments that points may
    fill, counted from ``least`` consignments on; forced rules, holds, and the draw are never capped.
    """

    code: str
    name: Mapping[str, str]
    modes: frozenset[str] = frozenset()
    minimum: Lane | None = None
    expected: Mapping[str, Decimal] = field(default_factory=dict)
    random_red: Decimal = Decimal(0)
    random_yellow: Decimal = Decimal(0)
    random_blue: Decimal = Decimal(0)
    cap_red: Decimal = Decimal(1)
    window: int = 200
    least: int = 50


#: judged by when a table names none: versions before there were offices
NO_OFFICE = Office("", {})


def load_offices(text: str) -> tuple[Office, ...]:
    """The offices of the table. Raises ValueError with what is wrong."""
    if wrong := list(problems(text)):
        raise ValueError(wrong[0])
    return tuple(_office(row) for row in json.loads(text, parse_float=Decimal)["offices"])


def office_of(offices: Sequence[Office], mode: str) -> Office:
    """The office that clears goods arriving this way: the first that names the mode, else the first of all."""
    fits = [office for office in offices if mode in office.modes]
    return (fits or list(offices) or [NO_OFFICE])[0]


def _office(row: Mapping[str, Any]) -> Office:
    random, cap = row["random"], row["cap"]
    return Office(
        row["code"],
        dict(row["name"]),
        frozenset(row["modes"]),
        Lane(row["minimum_lane"]) if row.get("minimum_lane") else None,
        {lane: Decimal(share) for lane, share in row["expected"].items()},
        Decimal(random["red"]),
        Decimal(random["yellow"]),
        Decimal(random["blue"]),
        Decimal(cap["red"]),
        cap["window"],
        cap["least"],
    )


def problems(text: str) -> Iterator[str]:
    """What is wrong with a new text of the table, a sentence each."""
    try:
        data = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        yield f"{NAME} is not valid JSON: {error}"
        return
    rows = data.get("offices") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        yield f"{NAME}: `offices` must be a list of offices that is not empty"
        return
    codes: set[str] = set()
    for number, row in enumerate(rows, start=1):
        where = f"{NAME}, office {number}"
        code = row.get("code")
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            yield f"{where}: code {code!r} must be 2 to 12 capital letters, digits or hyphens"
        elif code in codes:
            yield f"{where}: code {code!r} stands there twice"
        else:
            codes.add(code)
        yield from _office_problems(where, row)


def _office_problems(where: str, row: Mapping[str, Any]) -> Iterator[str]:
    name = row.get("name")
    if (
        not isinstance(name, dict)
        or not name.get("en")
        or not all(isinstance(one, str) for one in name.values())
    ):
        yield f"{where}: name must give the English name (en), and may give ru and uz"
    modes = row.get("modes")
    if not isinstance(modes, list) or not modes or not all(mode in _MODES for mode in modes):
        yield f"{where}: modes {modes!r} must be some of {', '.join(_MODES)}"
    if row.get("minimum_lane") not in (None, *Lane):
        yield f"{where}: minimum_lane {row.get('minimum_lane')!r} must be one of {', '.join(Lane)}"
    expected = row.get("expected")
    if not isinstance(expected, dict) or set(expected) - set(Lane):
        yield f"{where}: expected must name lanes ({', '.join(Lane)}) with their shares"
    else:
        yield from _share_problems(f"{where}, expected", expected)
        if all(_is_share(one) for one in expected.values()) and sum(expected.values()) > 1:
            yield f"{where}, expected: the shares together are above 1 (100 %)"
    random = row.get("random")
    if not isinstance(random, dict) or set(random) != {"red", "yellow", "blue"}:
        yield f"{where}: random must give red, yellow and blue"
    else:
        yield from _share_problems(f"{where}, random", random)
        if all(_is_share(one) for one in random.values()) and sum(random.values()) > 1:
            yield f"{where}, random: the shares together are above 1 (100 %)"
    cap = row.get("cap")
    if not isinstance(cap, dict) or set(cap) != {"red", "window", "least"}:
        yield f"{where}: cap must give red, window and least"
        return
    yield from _share_problems(f"{where}, cap", {"red": cap["red"]})
    for key, most in (("window", 1000), ("least", 1000)):
        if type(cap[key]) is not int or not 1 <= cap[key] <= most:
            yield f"{where}, cap.{key}: {cap[key]!r} must be a whole number from 1 to {most}"


def _is_share(value: object) -> bool:
    return type(value) in (int, Decimal) and 0 <= value <= 1  # type: ignore[operator]


def _share_problems(where: str, shares: Mapping[str, Any]) -> Iterator[str]:
    for key, share in shares.items():
        if not _is_share(share):
            yield f"{where}.{key}: {share!r} must be a share from 0 to 1 (0.02 is 2 %)"
