"""What can have happened to gate passes. Both are kept on the visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from workflows.event_base import Event
from workflows.gatepass_state import GatePass, RevokedFor


@dataclass(frozen=True, slots=True)
class GatePassIssued(Event):
    """A signed pass was handed out for a load that may leave."""

    shared: ClassVar[bool] = False

    gate_pass: GatePass


@dataclass(frozen=True, slots=True)
class GatePassRevoked(Event):
    """A pass is worth nothing any more; follows by itself from what happened."""

    shared: ClassVar[bool] = False

    gate_pass: str
    revoked_for: RevokedFor
    at: datetime


KINDS: tuple[type[Event], ...] = (GatePassIssued, GatePassRevoked)
