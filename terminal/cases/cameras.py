"""Surveillance cameras at points: which one saw an event, so that its clip can be found in the recorder.

The configuration may change; what it was stands in the journal from the start with which it came into force.
"""

from __future__ import annotations

from datetime import datetime

from terminal.settings import Settings
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.events import Context
from workflows.events_cameras import CAMERAS, CamerasNamed

#: changes of the configuration that are looked through
_READ = 500


def configured(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The cameras of every point that has some."""
    return {point.id: point.cameras for point in settings.points if point.cameras}


def _named(reader: Reader, before: int | None = None) -> dict[str, tuple[str, ...]]:
    chain = reader.history(CAMERAS, limit=_READ)
    event = next((one.event for one in chain if before is None or one.seq <= before), None)
    return dict(event.points) if isinstance(event, CamerasNamed) else {}


def changed(reader: Reader, settings: Settings) -> bool:
    """True when the journal does not name the cameras as they are configured."""
    return _named(reader) != configured(settings)


def note(books: Books, settings: Settings, at: datetime) -> None:
    """Name the cameras in the journal, if they changed."""
    if changed(books, settings):
        books.record((CamerasNamed(CAMERAS, configured(settings)),), Context("terminal", at))


def at_point(reader: Reader, point: str | None, seq: int) -> tuple[str, ...]:
    """The cameras that looked at a point when journal entry ``seq`` was written."""
    return _named(reader, seq).get(point, ()) if point else ()
