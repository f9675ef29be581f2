"""The common ground of all layouts: a sheet is a name and rows of cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite

from terminal.importing.saying import Said

Cell = str | int | float | Decimal | bool | datetime | date | time | None


class FormulaWithoutValue(str):
    """A formula whose result the file does not carry: made by a program that never calculated it."""

    __slots__ = ()


#: A merged range as (first row, first column, last row, last column), counted from 0.
Merge = tuple[int, int, int, int]


@dataclass(slots=True)
class Sheet:
    """Rows of cells as read. ``rows[0]`` is the file's own row 1.

    ``headed`` says that row 1 is certainly the head of a table (keys of JSON records); ``merges`` are merged
    ranges that span several rows.
    """

    name: str
    rows: list[tuple[Cell, ...]]
    epoch_1904: bool = False
    cut: str | None = None  # why rows are missing, when a limit was reached
    merges: tuple[Merge, ...] = ()
    headed: bool = False


@dataclass(slots=True)
class Trouble:
    """A difficulty with the file as a whole: check code, one sentence for people, facts."""

    check: str
    words: Said
    facts: dict[str, str] = field(default_factory=dict)


class Unusable(Exception):  # noqa: N818  (a verdict on a file, not a fault of ours)
    """The file cannot be read at all; the words say why and what to send instead, the message says it in English."""

    def __init__(self, words: Said, check: str = "DAT-01") -> None:
        super().__init__(words.english)
        self.words = words
        self.check = check


def shown(cell: Cell) -> str:
    """A cell as text: what a person would see, without the noise of binary fractions."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        if not isfinite(cell):
            return str(cell)
        if cell == int(cell) and abs(cell) < 1e18:
            return str(int(cell))
        return format(Decimal(format(cell, ".15g")), "f")  # as many digits as a spreadsheet keeps
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def is_number(cell: Cell) -> bool:
    """True for a real number of the file, as against text that looks like one."""
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and isfinite(cell)


def is_blank(row: tuple[Cell, ...]) -> bool:
    """True when no cell of a row shows anything."""
    return not any(cell is not None and cell != "" and shown(cell) for cell in row)
