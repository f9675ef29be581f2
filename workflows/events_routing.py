"""What can have happened to lanes, marks, audits and risk profiles. None of it is ever given to other systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from workflows.event_base import Event
from workflows.routing_state import AuditResult, LaneChoice, LaneProposal, Mark, PersonLane


@dataclass(frozen=True, slots=True)
class LaneChosen(Event):
    """The rules chose a lane: office, indicators, profiles with their versions, and the draw with seed and outcome.

    Stands behind the ``ChecksRun`` of the same commit, whose ``basis`` names the data to choose by again.
    """

    shared: ClassVar[bool] = False

    choice: LaneChoice


@dataclass(frozen=True, slots=True)
class LaneProposed(Event):
    """The first of two persons asks for a lower lane."""

    shared: ClassVar[bool] = False

    proposal: LaneProposal


@dataclass(frozen=True, slots=True)
class LaneSet(Event):
    """A person set another lane than the rules, for a reason; a lower one was confirmed by a second person."""

    shared: ClassVar[bool] = False

    person: PersonLane


@dataclass(frozen=True, slots=True)
class IndicatorMarked(Event):
    """An officer marked an indicator that no rule computes."""

    shared: ClassVar[bool] = False

    mark: Mark


@dataclass(frozen=True, slots=True)
class IndicatorUnmarked(Event):
    """The mark was taken back, with a reason."""

    shared: ClassVar[bool] = False

    indicator: str
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class AuditOpened(Event):
    """These goods are released now and looked at later."""

    shared: ClassVar[bool] = False

    at: datetime
    why: str  # BLUE or CAPPED


@dataclass(frozen=True, slots=True)
class AuditClosed(Event):
    """Somebody looked, and this came of it."""

    shared: ClassVar[bool] = False

    result: AuditResult
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class RiskProfileChanged(Event):
    """A profile was written, changed or ended; subject "profile:ID".

    ``profile`` is it as it is now, ``changes`` field -> {"from", "to"}, ``sha256`` the version of the table of profiles
    that came into force with it.
    """

    shared: ClassVar[bool] = False

    profile: Mapping[str, Any]
    sha256: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


KINDS: tuple[type[Event], ...] = (
    LaneChosen,
    LaneProposed,
    LaneSet,
    IndicatorMarked,
    IndicatorUnmarked,
    AuditOpened,
    AuditClosed,
    RiskProfileChanged,
)
#: their names, for whoever has to keep them from those who may not see risk
NAMES = frozenset(kind.__name__ for kind in KINDS)
