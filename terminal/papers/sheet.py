"""What stands on a paper, apart from how it is drawn: the same sheet becomes a PDF or a page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["go", "stop", "look", "hold", "note"]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, in columns. Values that are not known are left out by whoever makes it."""

    rows: tuple[tuple[str, str], ...]
    heading: str = ""
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text. ``right`` are numbers of columns that hold figures; ``widths`` their shares of the line."""

    heading: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    right: tuple[int, ...] = ()
    total: tuple[str, ...] = ()
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """A few figures that the paper is about, large. Each is label and value."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the paper says first: a word and a sentence, in one of the tones of the screens."""

    tone: Tone
    word: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, with a heading if it has one."""

    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Signs:
    """Lines to sign on: who signs, and the name if it is known."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture (bytes of a PNG), such as a signature, with what it is. Bytes that are no picture are left out."""

    data: bytes
    label: str = ""


Block = Facts | Table | Figures | Notice | Prose | Signs | Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper. ``code`` is the text of its QR symbol (empty: none), ``code_note`` stands below it.

    ``large`` draws the symbol for reading at arm's length; ``foot`` stands at the foot of every page.
    """

    title: str
    number: str
    place: str
    language: str
    blocks: Sequence[Block]
    code: str = ""
    code_note: str = ""
    large: bool = False
    lead: str = ""
    foot: str = ""
    page_of: str = "%(page)s / %(pages)s"
    head: tuple[tuple[str, str], ...] = field(default=())


def known(*rows: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Those of the rows that have a value."""
    return tuple((label, value) for label, value in rows if value)
