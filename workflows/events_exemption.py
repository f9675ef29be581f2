"""A humanitarian exemption stated for a sanctions match. Kept on the hold; it ends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from workflows.event_base import Event
from workflows.exemption_state import Basis


@dataclass(frozen=True, slots=True)
class ExemptionStated(Event):
    """A sanctions officer stated the basis on which the goods may move although the match is real, and why (UTC)."""

    shared: ClassVar[bool] = False

    hold_id: str
    basis: Basis
    note: str
    by: str
    at: datetime


KINDS: tuple[type[Event], ...] = (ExemptionStated,)
