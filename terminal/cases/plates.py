"""Number plates as they are stored and compared."""

from __future__ import annotations

from workflows.identifiers import Identifier, Kind, normalise_plate, read_as


def plate_of(text: str | None) -> str | None:
    """A plate in the form that is stored and compared; None for nothing."""
    if text is None or not text.strip():
        return None
    found = read_as(Kind.PLATE, text)
    return found.value if isinstance(found, Identifier) else normalise_plate(text)
