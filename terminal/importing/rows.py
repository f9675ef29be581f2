"""Rows of a table to lines of goods, with everything that is wrong said by row, column and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from terminal.importing import codes
from terminal.importing.columns import FigureColumn, figure_of, read_column
from terminal.importing.dates import Order, read_date, serial_date, slash_orders
from terminal.importing.decoding import is_mojibake
from terminal.importing.layouts import Column, Layout
from terminal.importing.limits import MAX_FINDINGS_PER_CHECK
from terminal.importing.numbers import Figure, plain, settle
from terminal.importing.results import ParsedTable, RowProblem, Totals
from terminal.importing.sheets import Cell, FormulaWithoutValue, Sheet, is_number, shown
from terminal.importing.vocabulary import UnitWord, package_code, quantity_unit, unit_word
from terminal.importing.warnings_of_text import is_active
from workflows.findings import Finding, Severity
from workflows.papers import Line, PaperDate, TemperatureRange

_FIGURES = ("quantity", "package_count", "gross_kg", "net_kg", "volume_m3")
_MASS = ("gross_kg", "net_kg")
_DATES = ("production_date", "expiry_date", "best_before")
#: Merged over several rows these belong to each of them; figures merged over rows are one figure.
_SHARED = frozenset(
    [
        "sscc",
        "parent_sscc",
        "description",
        "hs_code",
        "batch",
        "production_date",
        "expiry_date",
        "best_before",
        "container_no",
        "wagon_no",
        "seal_no",
        "un_number",
        "dg_class",
        "packing_group",
        "temperature",
        "origin_country",
        "item_code",
        "gtin",
        "uom",
        "package_type",
        "vehicle_plate",
        "consignment_note_no",
        "smgs_no",
        "cmr_no",
        "awb_no",
        "tir_no",
    ]
)
SEVERITIES: Mapping[str, Severity] = {"DAT-05": Severity.HOLD, "ID-01": Severity.HOLD}

_NAMES: Mapping[str, str] = {"package_count": "packages", "gross_kg": "gross weight", "net_kg": "net weight",
                             "quantity": "quantity", "volume_m3": "volume"}  # fmt: skip


class TableReader:
    """Reads one table. One instance serves one table and is then thrown away."""

    def __init__(
        self, sheet: Sheet, layout: Layout, *, workbook: bool, stated: Mapping[str, Sequence[Decimal]]
    ) -> None:
        """``stated`` are totals of the title block per field, in kg or pieces; ``workbook`` cells went through 15 digits."""
        self.sheet = sheet
        self.layout = layout
        self.workbook = workbook
        self.stated = stated
        self.findings: list[Finding] = []
        self.problems: list[RowProblem] = []
        self._counted: dict[str, int] = {}
        self._shared = self._shared_cells()
        self._dates: dict[tuple[str, str], PaperDate | None] = {}
        self._ranges: dict[str, TemperatureRange | None] = {}

    def read(self) -> ParsedTable:
        """Read every row of the body."""
        columns = {name: self._figure_column(name) for name in _FIGURES if name in self.layout.columns}
        orders = {name: self._orders(name) for name in _DATES if name in self.layout.columns}
        self._support_by_weights(columns)
        lines: list[Line] = []
        seen: dict[tuple[str, ...], int] = {}
        for place, at in enumerate(self.layout.body):
            lines.append(self._line(place, at, columns, orders))
            self._look_for_twin(place, at, seen)
        self._head_problems()
        return ParsedTable(
            sheet=self.sheet.name,
            columns={name: column.title for name, column in self.layout.columns.items()},
            lines=tuple(lines),
            totals=self._totals(columns),
            findings=tuple(self.findings),
            problems=tuple(self.problems),
        )

    # --- cells -------------------------------------------------------------------------------------------

    def _shared_cells(self) -> dict[tuple[int, int], int]:
        """(row, column) -> row that holds the value, for columns whose merged cells belong to each row."""
        shared: dict[tuple[int, int], int] = {}
        wanted = {column.index for name, column in self.layout.columns.items() if name in _SHARED}
        for top, left, bottom, right in self.sheet.merges:
            if left == right and left in wanted and bottom - top < 2_000:
                shared.update({(row, left): top for row in range(top + 1, bottom + 1)})
        return shared

    def _cell(self, at: int, column: Column | None) -> Cell:
        if column is None:
            return None
        row = (
            self.sheet.rows[self._shared.get((at, column.index), at)] if self._shared else self.sheet.rows[at]
        )
        return row[column.index] if column.index < len(row) else None

    def _text(self, at: int, name: str) -> str:
        return shown(self._cell(at, self.layout.columns.get(name)))

    def _word(self, at: int, name: str) -> str | None:
        text = self._text(at, name)
        return text if text and text not in ("-", "—", "–") else None

    # --- what is wrong -----------------------------------------------------------------------------------

    def _find(self, check: str, place: int | None, facts: dict[str, object]) -> None:
        count = self._counted[check] = self._counted.get(check, 0) + 1
        if count <= MAX_FINDINGS_PER_CHECK:
            target = "consignment" if place is None else f"line:{place + 1}"
            self.findings.append(Finding(check, SEVERITIES.get(check, Severity.WARN), target, facts))

    def _problem(
        self,
        at: int | None,
        name: str,
        value: str,
        sentence: str,
        check: str | None = None,
        *,
        waits: bool = False,
    ) -> None:
        column = self.layout.columns.get(name)
        title = column.title if column is not None else name
        row = None if at is None else at + 1
        self.problems.append(RowProblem(self.sheet.name, row, title, value[:80], sentence, check, waits))

    def _head_problems(self) -> None:
        missing = self.layout.missing
        if missing:
            self._find("DAT-01", None, {"sheet": self.sheet.name, "missing": missing})
            self._problem(
                None,
                "head",
                "",
                f"The table has no column for {', '.join(missing)}. Add it, or name its head plainly.",
                "DAT-01",
            )
        for name, column in self.layout.columns.items():
            if column.unknown_unit and name in _MASS:
                self._find("DAT-03", None, {"column": column.title, "unit": column.unknown_unit})
                self._problem(
                    None,
                    name,
                    column.unknown_unit,
                    f"The unit {column.unknown_unit!r} is not known. Give the weight in kg.",
                    "DAT-03",
                    waits=True,
                )
        if self.sheet.cut:
            self._problem(
                None, "rows", "", f"The sheet is too long: {self.sheet.cut}. Split it.", "DAT-01", waits=True
            )

    def _look_for_twin(self, place: int, at: int, seen: dict[tuple[str, ...], int]) -> None:
        number = self.layout.columns.get("line_no")
        row = self.sheet.rows[at]
        skipped = number.index if number is not None else -1
        key = tuple(
            str(cell)
            for index, cell in enumerate(row)
            if index != skipped and cell is not None and cell != ""
        )
        first = seen.setdefault(key, place)
        if first != place:
            self._find("DAT-04", place, {"same_as": f"line:{first + 1}", "row": at + 1})
            self._problem(
                at,
                "row",
                "",
                f"This row is the same as row {self.layout.body[first] + 1}. Strike one if it was entered twice.",
                "DAT-04",
            )

    # --- figures -----------------------------------------------------------------------------------------

    def _factor(self, name: str, unit_text: str | None, at: int | None) -> Decimal | None:
        """Factor to kg or m³ for one cell; None when its unit is not known."""
        column = self.layout.columns[name]
        family = "mass" if name in _MASS else "volume"
        unit: UnitWord | None = None
        if unit_text is not None:
            unit = unit_word(unit_text)
            if unit is None or unit.family != family:
                return None
            return unit.factor
        if family == "mass" and at is not None and (said := self._word(at, "mass_unit")):
            unit = unit_word(said)
            return unit.factor if unit is not None and unit.family == family else None
        if column.unknown_unit:
            return None
        if column.unit is not None and column.unit.family == family:
            return column.unit.factor
        title = self.layout.title_unit
        return title.factor if title is not None and family == "mass" else Decimal(1)

    def _figure_column(self, name: str) -> FigureColumn:
        column = self.layout.columns[name]
        cells = [self._cell(at, column) for at in self.layout.body]
        total = self._total_figure(name)
        stated = list(self.stated.get(name, ()))
        if name in _MASS:
            factor = self._factor(name, None, None)
            stated = [value / factor for value in stated] if factor else []
        return read_column(cells, stated, total, count=name == "package_count" or self._counts_pieces(name))

    def _counts_pieces(self, name: str) -> bool:
        """True when every unit of the quantity column is a piece, a set or the like: no fractions there."""
        if name != "quantity":
            return False
        column = self.layout.columns["quantity"]
        if column.unit is not None:
            return column.unit.family == "count"
        units = {self._text(at, "uom") for at in self.layout.body} - {""}
        return bool(units) and all(
            (u := unit_word(text)) is not None and u.family == "count" for text in units
        )

    def _total_figure(self, name: str) -> Figure | None:
        column = self.layout.columns[name]
        for at in reversed(self.layout.totals):
            figure = figure_of(self._cell(at, column))
            if not figure.empty and (figure.value is not None or figure.readings):
                return figure
        return None

    def _totals(self, columns: Mapping[str, FigureColumn]) -> Totals:
        values: dict[str, Decimal | None] = {}
        for name in ("package_count", *_MASS):
            read = columns.get(name)
            figure = self._total_figure(name) if read is not None else None
            if read is None or figure is None:
                continue
            settled = settle(figure, read.mark)
            value = settled.value
            if value is None and settled.readings:
                rows = sum((f.value for f in read.figures if f.value is not None), Decimal(0))
                near = [r for r in settled.readings if rows and Decimal("0.1") < r / rows < 10]
                value = near[0] if len(near) == 1 else None
            if value is not None and name in _MASS:
                factor = self._factor(
                    name, settled.unit if settled.unit and unit_word(settled.unit) else None, None
                )
                value = value * factor if factor is not None else None
            values[name] = value
        packages = values.get("package_count")
        return Totals(
            int(packages) if packages is not None and packages == int(packages) else None,
            values.get("gross_kg"),
            values.get("net_kg"),
        )

    def _support_by_weights(self, columns: Mapping[str, FigureColumn]) -> None:
        """Net of a row supports one reading of its gross and the other way round: they differ by the packing only."""
        for name, other in (("gross_kg", "net_kg"), ("net_kg", "gross_kg")):
            own, beside = columns.get(name), columns.get(other)
            if own is None or beside is None:
                continue
            ratio = (self._factor(name, None, None) or Decimal(1)) / (
                self._factor(other, None, None) or Decimal(1)
            )
            for place in own.open_rows():
                against = beside.figures[place].value
                if place in own.proposals or not against:
                    continue
                fitting = [r for r in own.figures[place].readings if Decimal("0.2") < r * ratio / against < 5]
                if len(fitting) == 1:
                    own.proposals[place] = (fitting[0], _NAMES[other])

    def _figure(
        self, name: str, place: int, at: int, columns: Mapping[str, FigureColumn]
    ) -> tuple[Decimal | None, str | None]:
        """Value of one figure (not yet in kg) and its unit word; what cannot be read is reported."""
        read = columns.get(name)
        if read is None:
            return None, None
        figure = read.figures[place]
        if figure.value is not None or figure.empty:
            return figure.value, figure.unit
        cell = self._cell(at, self.layout.columns[name])
        facts: dict[str, object] = {
            "column": self.layout.columns[name].title,
            "row": at + 1,
            "text": figure.text[:80],
        }
        if isinstance(cell, FormulaWithoutValue):
            sentence = (
                "The formula has no stored result. Open the file, let it calculate, save, and send it again."
            )
        elif figure.readings:
            low, high = map(plain, figure.readings)
            facts["readings"] = [low, high]
            sentence = (
                f"{figure.text!r} may be {low} or {high}. Confirm one, or write it without a thousands mark."
            )
            proposal = read.proposals.get(place)
            if proposal is not None:
                facts["proposal"], facts["support"] = plain(proposal[0]), proposal[1]
                sentence += f" The {proposal[1]} speaks for {plain(proposal[0])}."
        else:
            sentence = f"{figure.text!r} is not a number. Write digits only, the unit in the head."
        self._find("DAT-05", place, facts)
        self._problem(at, name, figure.text, sentence, "DAT-05", waits=True)
        return (read.proposals[place][0] if place in read.proposals else None), figure.unit

    def _measure(self, name: str, place: int, at: int, columns: Mapping[str, FigureColumn]) -> Decimal | None:
        value, unit = self._figure(name, place, at, columns)
        if value is None:
            return None
        factor = self._factor(name, unit, at)
        if factor is None:
            if unit is not None or self._word(at, "mass_unit"):
                said = unit or self._text(at, "mass_unit")
                self._find(
                    "DAT-03", place, {"column": self.layout.columns[name].title, "row": at + 1, "unit": said}
                )
                self._problem(
                    at,
                    name,
                    said,
                    f"The unit {said!r} is not known. Give the figure in kg or m³.",
                    "DAT-03",
                    waits=True,
                )
            return None
        return value if factor == 1 else value * factor

    def _whole(
        self, name: str, place: int, at: int, columns: Mapping[str, FigureColumn]
    ) -> tuple[int | None, str | None]:
        value, unit = self._figure(name, place, at, columns)
        if value is None:
            return None, unit
        if value != value.to_integral_value():
            self._find(
                "DAT-05",
                place,
                {"column": self.layout.columns[name].title, "row": at + 1, "text": plain(value)},
            )
            self._problem(
                at,
                name,
                plain(value),
                "A number of packages has no fraction. Correct it.",
                "DAT-05",
                waits=True,
            )
            return None, unit
        return int(value), unit

    # --- dates, codes, words -----------------------------------------------------------------------------

    def _orders(self, name: str) -> dict[str, Order]:
        column = self.layout.columns[name]
        return slash_orders(
            cell for at in self.layout.body if isinstance(cell := self._cell(at, column), str)
        )

    def _date(self, name: str, at: int, orders: Mapping[str, dict[str, Order]]) -> PaperDate | None:
        cell = self._cell(at, self.layout.columns.get(name))
        if cell is None or cell == "":
            return None
        if isinstance(cell, datetime):
            return PaperDate(cell.date().isoformat(), (cell.date(),))
        if isinstance(cell, date):
            return PaperDate(cell.isoformat(), (cell,))
        text = shown(cell)
        key = (name, text)
        if key not in self._dates:
            if is_number(cell):
                self._dates[key] = serial_date(text, Decimal(text), epoch_1904=self.sheet.epoch_1904)
            else:
                self._dates[key] = read_date(text, orders.get(name))
        found = self._dates[key]
        if found is not None and not found.readings:
            self._problem(
                at,
                name,
                text,
                f"{text!r} is no date. Write DD.MM.YYYY, or MM.YYYY for a month.",
                "EXP-06",
                waits=True,
            )
        elif found is not None and len(found.readings) > 1:
            self._problem(
                at, name, text, f"{text!r} may be day/month or month/day. Write DD.MM.YYYY.", "EXP-06"
            )
        return found

    def _code(self, name: str, place: int, at: int) -> str | None:
        cell = self._cell(at, self.layout.columns.get(name))
        if cell is None or cell == "":
            return None
        if name in ("sscc", "parent_sscc"):
            code = (codes.workbook_sscc if self.workbook else codes.sscc_code)(cell)
        elif name == "hs_code":
            code = codes.hs_code(cell)
        elif name == "un_number":
            code = codes.un_number(cell)
        else:
            code = codes.plain_code(cell)
        if code.lookalikes:
            letters = " ".join(dict.fromkeys(code.lookalikes))
            text = shown(cell)
            self._find(
                "DAT-02",
                place,
                {"column": self.layout.columns[name].title, "row": at + 1, "text": text, "letters": letters},
            )
            self._problem(
                at,
                name,
                text,
                f"The letters {letters} are of another alphabet or stand for zeros; read as {code.value}.",
                "DAT-02",
            )
        if code.lost or (name == "sscc" and code.value is not None and len(code.value) == 17):
            self._lost_sscc(place, at, shown(cell), code.lost)
        if code.unsure:
            self._find(
                "DAT-05",
                place,
                {
                    "column": self.layout.columns[name].title,
                    "row": at + 1,
                    "text": shown(cell),
                    "proposal": code.value,
                },
            )
            self._problem(
                at,
                name,
                shown(cell),
                f"A leading zero seems lost; read as {code.value}. Send the code as text.",
                "DAT-05",
                waits=True,
            )
        if code.unreadable:
            self._problem(
                at,
                name,
                shown(cell),
                f"{shown(cell)!r} is no code of this kind. Write the digits.",
                waits=name == "hs_code",
            )
        return code.value

    def _lost_sscc(self, place: int, at: int, text: str, lost: bool) -> None:
        if lost:
            self._find(
                "ID-01", place, {"row": at + 1, "value": text, "cause": "number with more than 15 digits"}
            )
            sentence = "The SSCC was kept as a number and lost its last digits. Format the column as text and enter it again."
        else:
            sentence = "The SSCC has 17 digits: a leading 0 was lost when it became a number. Format the column as text."
        self._problem(at, "sscc", text, sentence, "ID-01", waits=True)

    def _watch_text(self, place: int, at: int) -> None:
        for name, column in self.layout.columns.items():
            row = self.sheet.rows[at]
            cell = row[column.index] if column.index < len(row) else None
            if not isinstance(cell, str) or not cell:
                continue
            if cell[0] in "=+-@\t\r" and is_active(cell):
                self._find("DAT-07", place, {"column": column.title, "row": at + 1, "text": cell[:80]})
                self._problem(
                    at,
                    name,
                    cell,
                    "The cell begins like a formula. It is kept as text and never run.",
                    "DAT-07",
                )
            if not cell.isascii() and is_mojibake(cell):
                self._find("DAT-06", place, {"column": column.title, "row": at + 1, "text": cell[:80]})
                self._problem(
                    at,
                    name,
                    cell,
                    "The text was saved in a wrong encoding. Ask for the file as UTF-8.",
                    "DAT-06",
                )

    def _temperature(self, at: int) -> TemperatureRange | None:
        columns = self.layout.columns
        if "temp_min" in columns or "temp_max" in columns:
            low = codes.degrees(self._cell(at, columns.get("temp_min")))
            high = codes.degrees(self._cell(at, columns.get("temp_max")))
            if low is not None or high is not None:
                text = f"{'' if low is None else plain(low)}..{'' if high is None else plain(high)} °C"
                return TemperatureRange(text, low, high)
        text = self._text(at, "temperature")
        if not text:
            return None
        if text not in self._ranges:
            self._ranges[text] = codes.temperature(text)
        return self._ranges[text]

    def _unit(self, place: int, at: int, in_cell: str | None) -> str | None:
        said = self._word(at, "uom") or in_cell
        column = self.layout.columns.get("quantity")
        if said is None:
            return column.unit.code if column is not None and column.unit is not None else None
        code = quantity_unit(said)
        if code is None:
            self._find("DAT-03", place, {"column": "unit", "row": at + 1, "unit": said[:40]})
            self._problem(
                at,
                "uom",
                said,
                f"The unit {said!r} is not known. Use pc, set, kg, l or a package type.",
                "DAT-03",
            )
        return code

    def _package_type(self, place: int, at: int, in_cell: str | None) -> str | None:
        said = self._word(at, "package_type")
        column = self.layout.columns.get("package_count")
        code = package_code(said) if said else None
        if said and code is None:
            self._find(
                "DAT-03",
                place,
                {"column": self.layout.columns["package_type"].title, "row": at + 1, "unit": said[:40]},
            )
            self._problem(
                at,
                "package_type",
                said,
                f"The package type {said!r} is not known. Use pallet, carton, bag ...",
                "DAT-03",
            )
        if code is None and in_cell:
            code = package_code(in_cell)
        if code is None and column is not None:
            code = column.package_type or _package_of_title(column.title)
        return code

    # --- one line ----------------------------------------------------------------------------------------

    def _line(
        self, place: int, at: int, columns: Mapping[str, FigureColumn], orders: Mapping[str, dict[str, Order]]
    ) -> Line:
        self._watch_text(place, at)
        quantity, quantity_word = self._figure("quantity", place, at, columns)
        packages, package_word = self._whole("package_count", place, at, columns)
        gross = self._measure("gross_kg", place, at, columns)
        description = self._text(at, "description")
        self._missing_in_row(at, description, quantity, packages, columns, place)
        raw = {name: text for name in self.layout.columns if (text := self._text(at, name))}
        word = self._word
        return Line(
            no=place + 1,
            description=description,
            hs_code=self._code("hs_code", place, at),
            item_code=word(at, "item_code"),
            quantity=quantity,
            quantity_unit=self._unit(place, at, quantity_word),
            packages=packages,
            package_type=self._package_type(place, at, package_word),
            gross_kg=gross,
            net_kg=self._measure("net_kg", place, at, columns),
            volume_m3=self._measure("volume_m3", place, at, columns),
            sscc=self._code("sscc", place, at),
            gtin=self._code("gtin", place, at),
            batch=word(at, "batch"),
            expiry=self._date("expiry_date", at, orders),
            best_before=self._date("best_before", at, orders),
            produced=self._date("production_date", at, orders),
            un_number=self._code("un_number", place, at),
            dg_class=word(at, "dg_class"),
            packing_group=word(at, "packing_group"),
            cas_number=word(at, "cas_number"),
            temperature=self._temperature(at),
            container=self._code("container_no", place, at),
            wagon=self._code("wagon_no", place, at),
            seal=word(at, "seal_no"),
            transport_document=next(
                (w for n in ("consignment_note_no", "smgs_no", "cmr_no", "awb_no") if (w := word(at, n))),
                None,
            ),
            origin_country=word(at, "origin_country"),
            sheet_row=at + 1,
            source=self.sheet.name,
            raw=raw,
        )

    def _missing_in_row(
        self,
        at: int,
        description: str,
        quantity: Decimal | None,
        packages: int | None,
        columns: Mapping[str, FigureColumn],
        place: int,
    ) -> None:
        if not description and "description" in self.layout.columns:
            self._problem(
                at,
                "description",
                "",
                "The row has no description. Write what the goods are.",
                "DAT-01",
                waits=True,
            )
        counted = [name for name in ("quantity", "package_count") if name in columns]
        if (
            counted
            and quantity is None
            and packages is None
            and all(columns[n].figures[place].empty for n in counted)
        ):
            self._problem(
                at,
                counted[-1],
                "",
                "The row has neither quantity nor packages. Give one.",
                "DAT-01",
                waits=True,
            )
        gross = columns.get("gross_kg")
        if gross is not None and gross.figures[place].empty and not self._under_merge(at, "gross_kg"):
            self._problem(
                at, "gross_kg", "", "The row has no gross weight. Give it in kg.", "DAT-01", waits=True
            )

    def _under_merge(self, at: int, name: str) -> bool:
        index = self.layout.columns[name].index
        return any(
            top < at <= bottom and left <= index <= right for top, left, bottom, right in self.sheet.merges
        )


def _package_of_title(title: str) -> str | None:
    """The package type that a head names by itself: ``No. of pallets``, ``Кол-во мешков``; not "packages"."""
    code = package_code(title)
    return None if code in ("PK", "NE") else code
