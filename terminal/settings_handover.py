"""``[handover]``: how long a load may take to the other bank, and how long a receiver's link is good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Hours = Annotated[int, Field(ge=1, le=24 * 60)]


class HandoverSettings(BaseModel):
    """``[handover]``: hours from gate-out to a handover, by mode, and the days that a receiver's link lives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    road_hours: Hours = 24
    rail_hours: Hours = 48
    river_hours: Hours = 48
    air_hours: Hours = 24
    link_days: Annotated[int, Field(ge=1, le=90)] = 14

    @property
    def hours(self) -> Mapping[str, int]:
        """Hours from gate-out to a handover, by mode."""
        return {
            "ROAD": self.road_hours,
            "RAIL": self.rail_hours,
            "RIVER": self.river_hours,
            "AIR": self.air_hours,
        }

    @property
    def lifetime(self) -> timedelta:
        """How long a receiver's link is good."""
        return timedelta(days=self.link_days)
