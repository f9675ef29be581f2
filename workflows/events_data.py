"""What can have happened to the reference data that the checks rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workflows.event_base import Event


@dataclass(frozen=True, slots=True)
class ReferenceDataLoaded(Event):
    """A table (or the sanctions list) came into force; subject "data:TABLE", the newest of a subject counts.

    ``sha256`` names the kept file, ``replaces`` what was in force before (also where that was the shipped table),
    ``size`` its bytes, ``note`` why. Going back to an older version is loading it again.
    """

    shared: ClassVar[bool] = False

    table: str
    sha256: str
    replaces: str | None
    size: int
    note: str = ""


KINDS: tuple[type[Event], ...] = (ReferenceDataLoaded,)
