"""What was deleted because its time was over. The journal keeps that it was there, by its hash, and who deleted it when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from workflows.event_base import Event


@dataclass(frozen=True, slots=True)
class DataPurged(Event):
    """Data older than ``before`` (UTC) was deleted under a rule (``drivers``, ``images``, ``journal``).

    ``entries``: number of a journal entry -> leaf hash (hex, RFC 6962) of the bytes that are left of it; its own hash, over
    the bytes as they were, stays in the chain. ``files``: SHA-256 of the files that were deleted.
    """

    shared: ClassVar[bool] = False

    rule: str
    before: datetime
    entries: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


KINDS: tuple[type[Event], ...] = (DataPurged,)
