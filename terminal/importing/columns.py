"""Columns of figures: what a whole column proves about each of its cells.

A figure with two readings (``1.250``) is settled by the other figures of its column, by being a count, or by
the sum below the table. What only *supports* a reading makes a proposal and leaves the question open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from terminal.importing.numbers import Figure, Mark, proven_mark, read_number, settle, spaced_mark, whole
from terminal.importing.sheets import Cell, FormulaWithoutValue, is_number, shown

_MOST_COMBINED = 12


@dataclass(slots=True)
class FigureColumn:
    """One column read: a figure for every body row, the proven decimal mark, and open questions.

    ``proposals`` maps a row (by its place) to the reading that is likely, with what supports it.
    """

    figures: list[Figure]
    mark: Mark | None
    proposals: dict[int, tuple[Decimal, str]]

    def open_rows(self) -> list[int]:
        """Places of figures that still have two readings."""
        return [place for place, figure in enumerate(self.figures) if figure.readings]

    def settle(self, place: int, value: Decimal) -> None:
        """Settle an open figure by what other columns of its row prove."""
        figure = self.figures[place]
        self.figures[place] = Figure(figure.text, value, unit=figure.unit)


def figure_of(cell: Cell) -> Figure:
    """One cell as a figure; a real number of the file is safe as it is."""
    if isinstance(cell, str):
        return Figure(cell) if isinstance(cell, FormulaWithoutValue) else read_number(cell.strip())
    if cell is None:
        return _EMPTY
    if is_number(cell):
        text = shown(cell)
        return Figure(text, Decimal(text))
    return Figure(shown(cell))


_EMPTY = Figure("", empty=True)


def written_mark(cells: Sequence[Cell], total: Figure | None = None) -> Mark | None:
    """The decimal mark that the text cells of a column prove; real numbers of the file prove nothing."""
    written = [figure_of(cell) for cell in cells if isinstance(cell, str)]
    if total is not None:
        written.append(total)
    return proven_mark(written) or spaced_mark(written)


def read_column(
    cells: Sequence[Cell],
    sums: Sequence[Decimal],
    total: Figure | None,
    *,
    count: bool,
    beside: Mark | None = None,
) -> FigureColumn:
    """Read one column of figures.

    ``sums`` are totals stated elsewhere (title block) in the column's own unit; ``total`` is the figure of the
    row of sums, which also speaks for the decimal mark. ``count`` is for things that cannot be cut. ``beside``
    is the mark that the other columns of the table prove: it decides where the column itself proves nothing.
    """
    figures = [figure_of(cell) for cell in cells]
    written = [f for f, cell in zip(figures, cells, strict=True) if isinstance(cell, str)]
    mark = proven_mark([*written, total] if total is not None else written)
    column = FigureColumn(figures, mark, {})
    undecided = column.open_rows()
    if not undecided:
        return column
    if count:
        grouping = {figures[p].mark for p in undecided if figures[p].readings[0] % 1}
        for place in undecided:
            if figures[place].mark in grouping and mark is None:
                figures[place] = Figure(
                    figures[place].text, figures[place].readings[1], unit=figures[place].unit
                )
    for place in column.open_rows():
        settled = settle(figures[place], mark)
        figures[place] = whole(settled) if count else settled
    _by_sum(column, list(sums), total)
    if mark is None and beside is not None:
        column.mark = beside
        for place in column.open_rows():
            figures[place] = settle(figures[place], beside)
    return column


def _by_sum(column: FigureColumn, sums: list[Decimal], total: Figure | None) -> None:
    """Let the stated sum decide. A column of one habit is settled by it; a contradicting cell is only supported."""
    undecided = column.open_rows()
    if not undecided:
        return
    if total is not None:
        settled = settle(total, column.mark)
        sums = [*([settled.value] if settled.value is not None else settled.readings), *sums]
    sure = sum((figure.value for figure in column.figures if figure.value is not None), Decimal(0))
    marks = {column.figures[place].mark for place in undecided}
    one_habit = len(marks) == 1 and column.mark is None
    choices: list[tuple[int, ...]] = [(0,) * len(undecided), (1,) * len(undecided)]
    if not one_habit and len(undecided) <= _MOST_COMBINED:
        choices = list(product((0, 1), repeat=len(undecided)))
    fitting = {
        choice
        for choice in choices
        for stated in sums
        if stated
        and sure
        + sum(column.figures[place].readings[pick] for place, pick in zip(undecided, choice, strict=True))
        == stated
    }
    if len(fitting) != 1:
        return
    for place, pick in zip(undecided, fitting.pop(), strict=True):
        figure = column.figures[place]
        if one_habit:
            column.figures[place] = Figure(figure.text, figure.readings[pick], unit=figure.unit)
        else:
            column.proposals[place] = (figure.readings[pick], "total")
