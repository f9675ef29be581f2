"""Figures of one table: quantities, packages, weights and volumes, settled column by column and put in kg and m³."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from terminal.importing.columns import FigureColumn, figure_of, read_column, written_mark
from terminal.importing.layouts import Layout
from terminal.importing.numbers import Figure, Mark, plain, settle
from terminal.importing.results import Totals
from terminal.importing.saying import said
from terminal.importing.sheets import FormulaWithoutValue, Sheet
from terminal.importing.table_cells import FIGURES, MASS, Row, TableCells
from terminal.importing.vocabulary import UnitWord, unit_word

_NAMES: Mapping[str, str] = {"gross_kg": "gross weight", "net_kg": "net weight"}
_ONE = Decimal(1)
_TONNE = Decimal(1000)
_HEAVIEST_PACKAGE = Decimal(3000)  # kg
_DENSITY = (Decimal(5), Decimal(5000))  # kg of cargo in a cubic metre
_SAME = (Decimal("0.2"), Decimal(5))  # gross weight to a quantity stated as weight


class TableFigures(TableCells):
    """The figure columns of one table."""

    def __init__(self, sheet: Sheet, layout: Layout, stated: Mapping[str, Sequence[Decimal]]) -> None:
        """``stated`` are totals of the title block per field, in kg or pieces."""
        super().__init__(sheet, layout)
        self._stated = stated
        self._marks: dict[str, Mark | None] = {}
        self._factors: dict[str, Decimal | None] = {}
        self.columns = {name: self._read_column(name) for name in FIGURES if name in layout.columns}
        self._support_by_weights()
        self._settle_by_packages()
        self._settle_tonnes()
        self._settle_by_weight("volume_m3", _DENSITY)
        self._settle_by_weight("quantity", _SAME)

    # --- columns -----------------------------------------------------------------------------------------

    def _read_column(self, name: str) -> FigureColumn:
        column = self.layout.columns[name]
        cells = [self.cell(at, column) for at in self.layout.body]
        stated = list(self._stated.get(name, ()))
        if name in MASS:
            factor = self._column_factor(name)
            stated = [value / factor for value in stated] if factor else []
        count = name == "package_count" or (name == "quantity" and self._counts_pieces())
        return read_column(
            cells, stated, self._total_figure(name), count=count, beside=self._mark_beside(name)
        )

    def _mark_beside(self, name: str) -> Mark | None:
        """The decimal mark that the other columns of this table prove together: one hand wrote them all."""
        marks = {
            mark
            for other in FIGURES
            if other != name and other in self.layout.columns and (mark := self._own_mark(other)) is not None
        }
        return marks.pop() if len(marks) == 1 else None

    def _own_mark(self, name: str) -> Mark | None:
        if name not in self._marks:
            column = self.layout.columns[name]
            cells = [self.cell(at, column) for at in self.layout.body]
            self._marks[name] = written_mark(cells, self._total_figure(name))
        return self._marks[name]

    def _counts_pieces(self) -> bool:
        """True when every unit of the quantity column is a piece, a set or the like: no fractions there."""
        column = self.layout.columns["quantity"]
        if column.unit is not None:
            return column.unit.family == "count"
        units = {str(self.cell(at, self.layout.columns.get("uom")) or "") for at in self.layout.body} - {""}
        return bool(units) and all(
            (u := unit_word(text)) is not None and u.family == "count" for text in units
        )

    def _total_figure(self, name: str) -> Figure | None:
        column = self.layout.columns[name]
        for at in reversed(self.layout.totals):
            figure = figure_of(self.cell(at, column))
            if not figure.empty and (figure.value is not None or figure.readings):
                return figure
        return None

    def _support_by_weights(self) -> None:
        """Net of a row supports one reading of its gross and the other way round: they differ by the packing only."""
        for name, other in (MASS, MASS[::-1]):
            own, beside = self.columns.get(name), self.columns.get(other)
            if own is None or beside is None:
                continue
            ratio = (self._column_factor(name) or _ONE) / (self._column_factor(other) or _ONE)
            for place in own.open_rows():
                against = beside.figures[place].value
                if place in own.proposals or not against:
                    continue
                readings = own.figures[place].readings
                fitting = [r for r in readings if Decimal("0.2") < r * ratio / against < 5]
                if len(fitting) == 1:
                    own.proposals[place] = (fitting[0], _NAMES[other])

    def _unit_of_quantity(self, place: int) -> UnitWord | None:
        """The unit of one row's quantity: its own column, else the head of the quantity column."""
        said = str(self.cell(self.layout.body[place], self.layout.columns.get("uom")) or "")
        return unit_word(said) if said else self.layout.columns["quantity"].unit

    def _settle_by_packages(self) -> None:
        """Pieces are at least as many as the packages they lie in: ``1,000`` pieces in 20 cartons are a thousand."""
        pieces, packages = self.columns.get("quantity"), self.columns.get("package_count")
        if pieces is None or packages is None or pieces.mark is not None:
            return
        for place in pieces.open_rows():
            unit = self._unit_of_quantity(place)
            if unit is None or unit.family != "count":
                continue
            low, high = pieces.figures[place].readings
            count = packages.figures[place].value
            if count is not None and low < count <= high:
                pieces.settle(place, high)

    def _settle_tonnes(self) -> None:
        """Tonnes have three decimals as a habit: ``6,000`` t in 120 bales cannot be six thousand tonnes.

        Only in a column of one habit; a cell that goes against its column stays a question.
        """
        packages = self.columns.get("package_count")
        for name in MASS:
            own = self.columns.get(name)
            if own is None or packages is None or own.mark is not None or self._column_factor(name) != _TONNE:
                continue
            if len({own.figures[place].mark for place in own.open_rows()}) != 1:
                continue
            for place in own.open_rows():
                count = packages.figures[place].value
                low, high = own.figures[place].readings
                if count and count > 0 and high * _TONNE / count > _HEAVIEST_PACKAGE >= low * _TONNE / count:
                    own.settle(place, low)

    def _settle_by_weight(self, name: str, bounds: tuple[Decimal, Decimal]) -> None:
        """Of two readings a thousand apart the row's own weight allows one: a density, or a quantity that is a weight."""
        own, gross = self.columns.get(name), self.columns.get("gross_kg")
        if own is None or gross is None:
            return
        kilograms = self._column_factor("gross_kg") or _ONE
        for place in own.open_rows():
            factor = self._column_factor(name) or _ONE
            if name == "quantity":
                unit = unit_word(
                    str(self.cell(self.layout.body[place], self.layout.columns.get("uom")) or "")
                )
                if own.mark is not None or unit is None or unit.family != "mass":
                    continue
                factor = unit.factor
            weight = gross.figures[place].value
            if not weight or weight < 0:
                continue
            readings = [r for r in own.figures[place].readings if r]
            fitting = [r for r in readings if bounds[0] < weight * kilograms / (r * factor) < bounds[1]]
            if len(fitting) == 1:
                own.settle(place, fitting[0])

    # --- units -------------------------------------------------------------------------------------------

    def _column_factor(self, name: str) -> Decimal | None:
        """Factor to kg or m³ of a column: its head, else the title line, else kg; None for an unknown unit."""
        if name in self._factors:
            return self._factors[name]
        column = self.layout.columns[name]
        family = "mass" if name in MASS else "volume"
        title = self.layout.title_unit
        factor: Decimal | None = _ONE
        if column.unknown_unit:
            factor = None
        elif column.unit is not None and column.unit.family == family:
            factor = column.unit.factor
        elif title is not None and family == "mass":
            factor = title.factor
        self._factors[name] = factor
        return factor

    def _factor(self, name: str, unit_text: str | None, row: Row) -> Decimal | None:
        """Factor of one cell: the unit beside its figure, else the row's unit column, else the column's."""
        family = "mass" if name in MASS else "volume"
        said = unit_text or (row.word("mass_unit") if family == "mass" else None)
        if said is None:
            return self._column_factor(name)
        unit = unit_word(said)
        return unit.factor if unit is not None and unit.family == family else None

    # --- values ------------------------------------------------------------------------------------------

    def figure(self, name: str, row: Row) -> tuple[Decimal | None, str | None]:
        """Value of one figure (not yet in kg) and its unit word; what cannot be read is reported (DAT-05)."""
        read = self.columns.get(name)
        if read is None:
            return None, None
        figure = read.figures[row.place]
        if figure.value is not None or figure.empty:
            return figure.value, figure.unit
        facts: dict[str, object] = {"column": self.title(name), "text": figure.text[:80]}
        proposal = read.proposals.get(row.place)
        if isinstance(self.cell(row.at, self.layout.columns[name]), FormulaWithoutValue):
            words = said("formula_without_value")
        elif figure.readings:
            low, high = map(plain, figure.readings)
            facts["readings"] = [low, high]
            factor = self._factor(name, figure.unit, row) if name in MASS else None
            if factor is not None:
                facts |= {"field": name, "kg": [plain(reading * factor) for reading in figure.readings]}
            words = said("two_readings", text=figure.text, low=low, high=high)
            if proposal is not None:
                facts["proposal"], facts["support"] = plain(proposal[0]), proposal[1]
                more = {"support": proposal[1], "proposal": plain(proposal[0])}
                words = said("two_readings_supported", text=figure.text, low=low, high=high, **more)
        else:
            words = said("no_number", text=figure.text)
        self.find("DAT-05", row, **facts)
        self.say(row, name, figure.text, words, "DAT-05", waits=True)
        return (proposal[0] if proposal is not None else None), figure.unit

    def measure(self, name: str, row: Row) -> Decimal | None:
        """Kilograms or cubic metres of a row; an unknown unit is reported (DAT-03) and gives None."""
        value, unit = self.figure(name, row)
        if value is None:
            return None
        factor = self._factor(name, unit, row)
        if factor is not None:
            return value if factor == 1 else value * factor
        written = unit or row.word("mass_unit")
        if written is not None:
            self.find("DAT-03", row, column=self.title(name), unit=written)
            self.say(row, name, written, said("unknown_measure", unit=written), "DAT-03", waits=True)
        return None

    def count(self, name: str, row: Row) -> tuple[int | None, str | None]:
        """A whole number and its unit word; a fraction is reported (DAT-05)."""
        value, unit = self.figure(name, row)
        if value is None:
            return None, unit
        if value != value.to_integral_value():
            self.find("DAT-05", row, column=self.title(name), text=plain(value))
            self.say(row, name, plain(value), said("fraction"), "DAT-05", waits=True)
            return None, unit
        return int(value), unit

    def totals(self) -> Totals:
        """The sums stated below the table, in kg and pieces."""
        values = {name: self._total(name) for name in ("package_count", *MASS)}
        packages = values["package_count"]
        whole = int(packages) if packages is not None and packages == packages.to_integral_value() else None
        return Totals(whole, values["gross_kg"], values["net_kg"])

    def _total(self, name: str) -> Decimal | None:
        read = self.columns.get(name)
        figure = self._total_figure(name) if read is not None else None
        if read is None or figure is None:
            return None
        settled = settle(figure, read.mark)
        value = settled.value
        if value is None:
            rows = sum((f.value for f in read.figures if f.value is not None), Decimal(0))
            near = [r for r in settled.readings if rows and Decimal("0.1") < r / rows < 10]
            value = near[0] if len(near) == 1 else None
        if value is None or name not in MASS:
            return value
        unit = unit_word(settled.unit) if settled.unit else None
        factor = unit.factor if unit is not None and unit.family == "mass" else self._column_factor(name)
        return value * factor if factor is not None else None
