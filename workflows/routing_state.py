"""Lanes as values: what was chosen and on what grounds, what a person set instead, marks, and audits after release.

Stands apart from :mod:`workflows.lanes`, which chooses, so that a consignment can carry it. Everything in here is for
officers: terminal staff and agencies never see it, only what follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Lane(StrEnum):
    """What happens to the goods: nothing, papers only, inspection; BLUE is released now and audited later."""

    GREEN = "GREEN"
    BLUE = "BLUE"
    YELLOW = "YELLOW"
    RED = "RED"

    @property
    def rank(self) -> int:
        """GREEN 0 ... RED 3: how much is looked at before release."""
        return list(Lane).index(self)


class AuditResult(StrEnum):
    """What an audit after release found."""

    IN_ORDER = "IN_ORDER"
    CORRECTED = "CORRECTED"  # papers were wrong and have been put right
    FINDING = "FINDING"


@dataclass(frozen=True, slots=True)
class Reason:
    """One indicator or profile that counts: its points and what it rests on (check@target, or a word)."""

    indicator: str
    points: int
    because: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A profile that fitted: its id, the version that was in force, the lane it asks for if any, its points."""

    profile: str
    version: int
    points: int
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """A random selection that can be repeated by hand.

    ``number`` is the first eight bytes of SHA-256(seed, 0x1F, ``of``) as a share of 2**64, six decimals; below
    ``red`` it is RED, below ``red + yellow`` YELLOW, below ``red + yellow + blue`` BLUE, else nothing was drawn.
    """

    seed: str
    number: Decimal
    lane: Lane | None
    of: str = ""
    red: Decimal = Decimal(0)
    yellow: Decimal = Decimal(0)
    blue: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """The lane that the rules chose and everything that led to it.

    ``floor`` is the lane below which these goods never go; ``minimum`` says that it decided. ``capped``: the points
    asked for RED, but the office has its share of RED already; ``share`` is that share. ``inspected`` and ``found``
    tell of inspections of the goods and of the vehicle that brought them.
    """

    lane: Lane
    score: int
    reasons: tuple[Reason, ...]
    forced: tuple[str, ...] = ()
    minimum: bool = False
    draw: Draw | None = None
    office: str = ""
    floor: Lane = Lane.GREEN
    profiles: tuple[Fired, ...] = ()
    capped: bool = False
    share: Decimal | None = None
    inspected: bool = False
    found: bool = False

    @property
    def grounds(self) -> frozenset[str]:
        """Everything that speaks for looking closer, by its code."""
        return frozenset(
            {reason.indicator for reason in self.reasons if reason.points > 0}
            | set(self.forced)
            | {fired.profile for fired in self.profiles}
        )

    @property
    def drawn(self) -> bool:
        """True when the draw selected these goods."""
        return self.draw is not None and self.draw.lane is not None

    @property
    def fixed(self) -> bool:
        """True when no person may lower it: a forced rule, or the draw, put it where it is."""
        return bool(self.forced) or (self.draw is not None and self.draw.lane is self.lane)


@dataclass(frozen=True, slots=True)
class PersonLane:
    """A lane that a person set, with the reason and with what the rules said at that moment."""

    lane: Lane
    was: Lane
    by: str
    at: datetime
    why: str
    grounds: tuple[str, ...] = ()
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True)
class LaneProposal:
    """The first of two persons asks for a lower lane."""

    lane: Lane
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An indicator that no rule can compute, put by an officer with a reason."""

    indicator: str
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Audit:
    """A look at the goods' papers and history after release; open until somebody closes it with a result."""

    opened_at: datetime
    closed_by: str | None = None
    closed_at: datetime | None = None
    result: AuditResult | None = None
    note: str = ""

    @property
    def open(self) -> bool:
        """True until somebody closed it."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Routing:
    """All of it for one consignment."""

    choice: LaneChoice | None = None
    person: PersonLane | None = None
    proposal: LaneProposal | None = None
    marks: tuple[Mark, ...] = ()
    audit: Audit | None = None

    @property
    def lane(self) -> Lane | None:
        """The lane that counts; None before the checks ran."""
        return None if self.choice is None else effective(self.choice, self.person)

    @property
    def by_person(self) -> bool:
        """True when a person's lane counts, not that of the rules."""
        return self.person is not None and self.lane is self.person.lane

    @property
    def wants_audit(self) -> bool:
        """True when these goods are to be audited after release."""
        return self.choice is not None and (self.lane is Lane.BLUE or self.choice.capped)


def effective(choice: LaneChoice, person: PersonLane | None) -> Lane:
    """The lane that counts. A raised lane stands; a lowered one only while nothing new speaks against the goods."""
    if person is None:
        return choice.lane
    if person.lane.rank >= choice.lane.rank:
        return person.lane
    news = choice.grounds - set(person.grounds)
    stands = not choice.fixed and not news and choice.lane.rank <= person.was.rank
    return person.lane if stands else choice.lane
