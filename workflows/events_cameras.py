"""Which surveillance cameras look at which point, as it was configured: so that a clip can be found years later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from workflows.event_base import Event

#: the subject whose chain tells how the cameras stood at any time
CAMERAS = "terminal:cameras"


@dataclass(frozen=True, slots=True)
class CamerasNamed(Event):
    """The cameras of every point that has some, from now on: point -> names in the recorder's own words."""

    shared: ClassVar[bool] = False

    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


KINDS: tuple[type[Event], ...] = (CamerasNamed,)
