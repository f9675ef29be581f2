"""What every event is: a subject, a type name, and fields of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from workflows.plain import to_plain


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events. ``subject`` is "consignment:REF", "unit:LABEL", "visit:ID", "device:ID", "person:ID" ..."""

    shared: ClassVar[bool] = True

    subject: str

    @property
    def type(self) -> str:
        """The type name written into the journal."""
        return type(self).__name__

    def data(self) -> dict[str, Any]:
        """The event's own fields as JSON-able data, without subject."""
        plain: dict[str, Any] = to_plain(self)
        del plain["subject"]
        return plain
