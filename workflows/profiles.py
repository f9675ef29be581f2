"""Risk profiles: rules of analysts that select goods, each with an owner, a reason, and a first and last day.

A profile is written down in ``risk_profiles.json``, whose every version is kept and named by the decisions that it led
to. It fires while all its criteria fit; within a criterion any value is enough. Criteria are those of customs
selectivity (tariff code, description, origin, parties, weight, means of transport, season): none is about a person's
nation, faith or sex. A profile without a last day is refused; one whose last day is over does not fire.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows.plain import from_plain, to_plain
from workflows.routing_state import Fired, Lane, Reason

if TYPE_CHECKING:
    from workflows.checks.case import Case

NAME = "risk_profiles.json"
#: a profile lives so long at most; whoever still needs it looks at its hit rate and prolongs it
LONGEST = timedelta(days=366)
POINTS = 100
_ID = re.compile(r"P-[A-Z0-9][A-Z0-9-]{0,30}")
_INDICATOR = re.compile(r"R[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a profile looks at; an empty criterion asks nothing. Weight in kg, months 1 to 12."""

    modes: tuple[str, ...] = ()
    hs: tuple[str, ...] = ()  # prefixes of tariff codes
    words: tuple[str, ...] = ()  # words or phrases of a description
    origins: tuple[str, ...] = ()  # ISO 3166-1, two letters
    senders: tuple[str, ...] = ()
    consignees: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    over_kg: Decimal | None = None

    @property
    def empty(self) -> bool:
        """True when nothing is asked: such a profile would select everything."""
        return self == Criteria()


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile. ``version`` grows by one with each change; first and last day are days in Tashkent, both included.

    ``lane`` asks for at least that lane; ``indicator`` gives the points of that indicator (an alert of the situation
    centre is R21, a season R23) instead of ``points``; ``offices`` narrows it to some offices; ``must`` takes it out
    of the cap.
    """

    id: str
    title: str
    owner: str
    reason: str
    first_day: date
    last_day: date
    criteria: Criteria
    version: int = 1
    points: int = 0
    lane: Lane | None = None
    indicator: str | None = None
    offices: tuple[str, ...] = field(default=())
    must: bool = False

    def in_force(self, today: date) -> bool:
        """True from the first day to the last."""
        return self.first_day <= today <= self.last_day


def load_profiles(text: str) -> tuple[Profile, ...]:
    """The profiles of the table. Raises ValueError with what is wrong."""
    if wrong := list(problems(text)):
        raise ValueError(wrong[0])
    return tuple(from_plain(Profile, row) for row in json.loads(text, parse_float=str)["profiles"])


def dump_profiles(profiles: tuple[Profile, ...]) -> str:
    """The text of the table, in one form for one content."""
    rows = [to_plain(one) for one in sorted(profiles, key=lambda one: one.id)]
    return json.dumps({"profiles": rows}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


# --- what is wrong -----------------------------------------------------------------------------------
def problems(text: str) -> Iterator[str]:
    """What is wrong with a new text of the table, a sentence each."""
    try:
        data = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        yield f"{NAME} is not valid JSON: {error}"
        return
    rows = data.get("profiles") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        yield f"{NAME}: `profiles` must be a list of profiles"
        return
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        where = f"{NAME}, profile {row.get('id') or number}"
        missing = [name for name in ("id", "title", "owner", "reason", "first_day", "last_day", "criteria")
                   if not row.get(name)]  # fmt: skip
        unknown = sorted(set(row) - {one.name for one in fields(Profile)})
        if missing or unknown:
            yield from (f"{where}: {name} is missing" for name in missing)
            yield from (f"{where}: {name!r} is nothing that a profile has" for name in unknown)
            continue
        try:
            profile: Profile = from_plain(Profile, row)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            yield f"{where} cannot be read: {error}"
            continue
        yield from (f"{where}: {wrong}" for _, wrong in unfit(profile))
        if profile.id in seen:
            yield f"{where}: the id stands there twice"
        seen.add(profile.id)


def unfit(profile: Profile) -> Iterator[tuple[str, str]]:
    """What a profile lacks or says wrongly: field, and a sentence about it."""
    if not _ID.fullmatch(profile.id):
        yield "id", "must be P- and up to 31 capital letters, digits or hyphens"
    for name in ("title", "owner", "reason"):
        if not getattr(profile, name).strip():
            yield name, f"{name} must not be empty"
    if profile.last_day < profile.first_day:
        yield "last_day", "the last day is before the first"
    elif profile.last_day - profile.first_day > LONGEST:
        yield "last_day", f"lives longer than {LONGEST.days} days; prolong it when it has proved useful"
    if not -POINTS <= profile.points <= POINTS:
        yield "points", f"points must be from -{POINTS} to {POINTS}"
    if profile.indicator is not None and not _INDICATOR.fullmatch(profile.indicator):
        yield "indicator", "must be an indicator such as R21"
    if not profile.points and profile.lane is None and profile.indicator is None:
        yield "points", "a profile needs points, an indicator or a lane: else it changes nothing"
    if profile.criteria.empty:
        yield "criteria", "a profile needs a criterion: else it selects everything"
    if any(not 1 <= month <= 12 for month in profile.criteria.months):
        yield "months", "months are numbers from 1 to 12"
    if any(not (hs.isascii() and hs.isdigit() and 2 <= len(hs) <= 10) for hs in profile.criteria.hs):
        yield "hs", "tariff codes are two to ten digits"
    if any(not re.fullmatch(r"[A-Z]{2}", country) for country in profile.criteria.origins):
        yield "origins", "countries are two capital letters"
    for name in ("words", "senders", "consignees", "carriers", "plates"):
        if any(not value.strip() for value in getattr(profile.criteria, name)):
            yield name, f"{name} must not hold an empty value"


# --- firing ------------------------------------------------------------------------------------------
def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _plate(text: str | None) -> str:
    return "".join(ch for ch in (text or "").upper() if ch.isalnum())


def fits(criteria: Criteria, case: Case) -> bool:
    """True when every criterion that asks something is met. One line must meet tariff code, words and origin together."""
    papers = case.papers
    of_party: tuple[tuple[tuple[str, ...], str | None], ...] = (
        (criteria.senders, papers.sender),
        (criteria.consignees, papers.consignee),
        (criteria.carriers, papers.carrier),
    )
    if criteria.modes and papers.mode.value not in criteria.modes:
        return False
    if any(names and _folded(party) not in {_folded(name) for name in names} for names, party in of_party):
        return False
    if criteria.months and case.context.today.month not in criteria.months:
        return False
    if criteria.plates:
        declared = (papers.vehicle.plate, papers.vehicle.trailer) if papers.vehicle else ()
        seen = {_plate(one) for one in (*declared, *(read.plate for read in case.observations.gate)) if one}
        if not seen & {_plate(plate) for plate in criteria.plates}:
            return False
    if criteria.over_kg is not None:
        gross = papers.declared.gross_kg
        if gross is None:
            gross = sum((line.gross_kg for line in papers.lines if line.gross_kg is not None), Decimal(0))
        if gross <= criteria.over_kg:
            return False
    return _line_fits(criteria, case)


def _line_fits(criteria: Criteria, case: Case) -> bool:
    if not (criteria.hs or criteria.words or criteria.origins):
        return True
    phrases = [re.compile(rf"(?<!\w){re.escape(_folded(word))}(?!\w)") for word in criteria.words]
    tests: list[Callable[[Any], bool]] = []
    if criteria.hs:
        tests.append(lambda line: (line.hs_code or "").startswith(criteria.hs))
    if criteria.origins:
        tests.append(lambda line: (line.origin_country or "").upper() in criteria.origins)
    if phrases:
        tests.append(lambda line: any(phrase.search(_folded(line.description)) for phrase in phrases))
    return any(all(test(line) for test in tests) for line in case.papers.lines)


def firing(case: Case, office: str) -> tuple[Profile, ...]:
    """The profiles in force that fit, in the order of their ids."""
    return tuple(
        one
        for one in case.reference.profiles
        if one.in_force(case.context.today)
        and (not one.offices or office in one.offices)
        and fits(one.criteria, case)
    )


def fired(profile: Profile, points: Mapping[str, int]) -> Fired:
    """What a firing profile brings: points of its own, or those of its indicator."""
    own = points.get(profile.indicator, 0) if profile.indicator is not None else profile.points
    return Fired(profile.id, profile.version, own, profile.lane)


def reason_of(profile: Profile, brought: Fired) -> Reason | None:
    """Why points are counted; an indicator is named by its own code. None when it brings no points."""
    if not brought.points:
        return None
    return Reason(profile.indicator or profile.id, brought.points, f"profile:{profile.id}")
