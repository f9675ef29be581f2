"""Rows of a table to lines of goods, with everything that is wrong said by row, column and value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from terminal.importing import codes
from terminal.importing.codes import Code
from terminal.importing.columns import figure_of
from terminal.importing.dates import read_date, serial_date, slash_orders
from terminal.importing.decoding import is_mojibake
from terminal.importing.layouts import Layout
from terminal.importing.numbers import plain
from terminal.importing.results import ParsedTable
from terminal.importing.saying import said
from terminal.importing.sheets import FormulaWithoutValue, Sheet, is_number
from terminal.importing.table_cells import MASS, Row
from terminal.importing.table_figures import TableFigures
from terminal.importing.vocabulary import package_code, quantity_unit
from terminal.importing.warnings_of_text import is_active
from workflows.papers import Line, PaperDate, TemperatureRange

#: a head that speaks of weight, not of a price
_WEIGHT = re.compile(r"weight|gross|net\b|вес|масс|брутто|нетто|vazn|ogirli|оғирли|brutto|netto|وزن|kg|кг")
_DATES = ("production_date", "expiry_date", "best_before")
_NOTES = ("consignment_note_no", "smgs_no", "cmr_no", "awb_no")


class TableReader(TableFigures):
    """Reads one table. One instance serves one table and is then thrown away."""

    def __init__(
        self,
        sheet: Sheet,
        layout: Layout,
        *,
        workbook: bool,
        stated: Mapping[str, Sequence[Decimal]],
        goods: str | None,
    ) -> None:
        """``stated`` are totals of the title block per field, in kg or pieces; numbers of a ``workbook`` keep 15
        digits; ``goods`` is what the note names for rows that have no description column."""
        super().__init__(sheet, layout, stated)
        self._goods = goods
        self._sscc = codes.workbook_sscc if workbook else codes.sscc_code
        self._orders = {
            name: slash_orders(
                cell for at in layout.body if isinstance(cell := self.cell(at, layout.columns[name]), str)
            )
            for name in _DATES
            if name in layout.columns
        }
        self._dates: dict[tuple[str, str], PaperDate | None] = {}
        self._ranges: dict[str, TemperatureRange | None] = {}

    def read(self) -> ParsedTable:
        """Read every row of the body."""
        lines: list[Line] = []
        seen: dict[tuple[object, ...], int] = {}
        for place, at in enumerate(self.layout.body):
            row = self.row(place, at)
            lines.append(self._line(row))
            self._look_for_twin(row, seen)
        self._head_problems()
        return ParsedTable(
            sheet=self.sheet.name,
            columns={name: column.title for name, column in self.layout.columns.items()},
            lines=tuple(lines),
            totals=self.totals(),
            findings=tuple(self.findings),
            problems=tuple(self.problems),
        )

    # --- the table as a whole ----------------------------------------------------------------------------

    def _head_problems(self) -> None:
        missing = [name for name in self.layout.missing if not (name == "description" and self._goods)]
        if missing:
            self.find("DAT-01", None, sheet=self.sheet.name, missing=missing)
            self.say(None, "head", "", said("no_column", columns=", ".join(missing)), "DAT-01")
        for name, column in self.layout.columns.items():
            if column.unknown_unit and name in MASS:
                self.find("DAT-03", None, column=column.title, unit=column.unknown_unit)
                words = said("unknown_mass", unit=column.unknown_unit)
                self.say(None, name, column.unknown_unit, words, "DAT-03", waits=True)
        if self.sheet.cut:
            self.say(None, "rows", "", said("too_long", cut=self.sheet.cut), "DAT-01", waits=True)

    def _look_for_twin(self, row: Row, seen: dict[tuple[object, ...], int]) -> None:
        number = self.layout.columns.get("line_no")
        cells = self.sheet.rows[row.at]
        key: tuple[object, ...] = cells
        if number is not None:
            key = cells[: number.index] + cells[number.index + 1 :]
        first = seen.setdefault(key, row.place)
        if first != row.place:
            self.find("DAT-04", row, same_as=f"line:{first + 1}")
            twin = self.layout.body[first] + 1
            self.say(row, "row", "", said("twin", row=twin), "DAT-04")

    # --- dates, codes, words -----------------------------------------------------------------------------

    def _date(self, name: str, row: Row) -> PaperDate | None:
        text = row.texts.get(name)
        if text is None:
            return None
        cell = self.cell(row.at, self.layout.columns[name])
        if isinstance(cell, datetime):
            return PaperDate(cell.date().isoformat(), (cell.date(),))
        if isinstance(cell, date):
            return PaperDate(cell.isoformat(), (cell,))
        key = (name, text)
        if key not in self._dates:
            if is_number(cell):
                self._dates[key] = serial_date(text, Decimal(text), epoch_1904=self.sheet.epoch_1904)
            else:
                self._dates[key] = read_date(text, self._orders.get(name))
        found = self._dates[key]
        if found is not None and not found.readings:
            self.say(row, name, text, said("no_date", text=text), "EXP-06", waits=True)
        elif found is not None and len(found.readings) > 1:
            self.say(row, name, text, said("ambiguous_date", text=text), "EXP-06")
        return found

    def _code(self, name: str, row: Row) -> str | None:
        text = row.texts.get(name)
        if text is None:
            return None
        cell = self.cell(row.at, self.layout.columns[name])
        if name in ("sscc", "parent_sscc"):
            code = self._sscc(cell)
        elif name == "hs_code":
            code = codes.hs_code(cell)
        elif name == "un_number":
            code = codes.un_number(cell)
        else:
            code = codes.plain_code(cell)
        if (
            code.lookalikes
            or code.lost
            or code.unsure
            or code.unreadable
            or (name == "sscc" and len(code.value or "") == 17)
        ):
            self._report_code(name, row, text, code)
        return code.value

    def _report_code(self, name: str, row: Row, text: str, code: Code) -> None:
        if code.lookalikes:
            letters = " ".join(dict.fromkeys(code.lookalikes))
            self.find("DAT-02", row, column=self.title(name), text=text, letters=letters)
            self.say(row, name, text, said("lookalikes", letters=letters, code=code.value), "DAT-02")
        if code.lost:
            self.find("ID-01", row, value=text, cause="number with more than 15 digits")
            self.say(row, name, text, said("sscc_cut"), "ID-01", waits=True)
        elif name == "sscc" and code.value is not None and len(code.value) == 17:
            self.say(row, name, text, said("sscc_17"), "ID-01", waits=True)
        if code.unsure:
            self.find("DAT-05", row, column=self.title(name), text=text, proposal=code.value)
            self.say(row, name, text, said("zero_lost", code=code.value), "DAT-05", waits=True)
        if code.unreadable:
            self.say(row, name, text, said("no_code", text=text), None, waits=name == "hs_code")

    def _watch_text(self, row: Row) -> None:
        cells = self.sheet.rows[row.at]
        for name, index in self._indexed:
            cell = cells[index] if index < len(cells) else None
            if not isinstance(cell, str) or not cell or isinstance(cell, FormulaWithoutValue):
                continue
            if cell[0] in "=+-@\t\r" and is_active(cell):
                self.find("DAT-07", row, column=self.title(name), text=cell[:80])
                self.say(row, name, cell, said("formula"), "DAT-07")
            if is_mojibake(cell):
                self.find("DAT-06", row, column=self.title(name), text=cell[:80])
                self.say(row, name, cell, said("encoding"), "DAT-06")

    def _temperature(self, row: Row) -> TemperatureRange | None:
        columns = self.layout.columns
        if "temp_min" in row.texts or "temp_max" in row.texts:
            low = codes.degrees(self.cell(row.at, columns.get("temp_min")))
            high = codes.degrees(self.cell(row.at, columns.get("temp_max")))
            if low is not None or high is not None:
                text = f"{'' if low is None else plain(low)}..{'' if high is None else plain(high)} °C"
                return TemperatureRange(text, low, high)
        text = row.texts.get("temperature", "")
        if text and text not in self._ranges:
            self._ranges[text] = codes.temperature(text)
        return self._ranges.get(text)

    def _unit(self, row: Row, in_cell: str | None) -> str | None:
        written = row.word("uom") or in_cell
        column = self.layout.columns.get("quantity")
        if written is None:
            return column.unit.code if column is not None and column.unit is not None else None
        code = quantity_unit(written)
        if code is None:
            self.find("DAT-03", row, column="unit", unit=written[:40])
            self.say(row, "uom", written, said("unknown_unit", unit=written), "DAT-03")
        return code

    def _package_type(self, row: Row, in_cell: str | None) -> str | None:
        written = row.word("package_type")
        column = self.layout.columns.get("package_count")
        code = package_code(written) if written else None
        if written and code is None:
            self.find("DAT-03", row, column=self.title("package_type"), unit=written[:40])
            self.say(row, "package_type", written, said("unknown_package", unit=written), "DAT-03")
        if code is None and in_cell:
            code = package_code(in_cell)
        if code is None and column is not None:
            code = column.package_type or _package_of_title(column.title)
        return code

    # --- one line ----------------------------------------------------------------------------------------

    def _line(self, row: Row) -> Line:
        self._watch_text(row)
        quantity, quantity_word = self.figure("quantity", row)
        packages, package_word = self.count("package_count", row)
        description = row.texts.get("description") or self._goods or ""
        self._missing_in_row(row, description, counted=quantity is not None or packages is not None)
        word = row.word
        return Line(
            no=row.place + 1,
            description=description,
            hs_code=self._code("hs_code", row),
            item_code=word("item_code"),
            quantity=quantity,
            quantity_unit=self._unit(row, quantity_word),
            packages=packages,
            package_type=self._package_type(row, package_word),
            gross_kg=self.measure("gross_kg", row),
            net_kg=self.measure("net_kg", row),
            volume_m3=self.measure("volume_m3", row),
            sscc=self._code("sscc", row),
            gtin=self._code("gtin", row),
            batch=word("batch"),
            expiry=self._date("expiry_date", row),
            best_before=self._date("best_before", row),
            produced=self._date("production_date", row),
            un_number=self._code("un_number", row),
            dg_class=codes.dg_class(row.texts.get("dg_class", "")),
            packing_group=codes.packing_group(row.texts.get("packing_group", "")),
            cas_number=word("cas_number"),
            temperature=self._temperature(row),
            container=self._code("container_no", row),
            wagon=self._code("wagon_no", row),
            seal=word("seal_no"),
            transport_document=next((text for name in _NOTES if (text := word(name))), None),
            origin_country=word("origin_country"),
            sheet_row=row.at + 1,
            source=self.sheet.name,
            raw=row.texts | self._per_unit(row),
        )

    def _per_unit(self, row: Row) -> dict[str, str]:
        """The weight of one piece or package in kg, from a column of its own, for the arithmetic of the line (QTY-02)."""
        column = self.layout.columns.get("per_unit_weight")
        text = row.texts.get("per_unit_weight")
        value = figure_of(text).value if column is not None and text else None
        if column is None or value is None or column.unknown_unit or not _WEIGHT.search(column.title.lower()):
            return {}
        factor = (
            column.unit.factor if column.unit is not None and column.unit.family == "mass" else Decimal(1)
        )
        return {"per_unit_kg": format(value * factor, "f")}

    def _missing_in_row(self, row: Row, description: str, *, counted: bool) -> None:
        if not description and "description" in self.layout.columns:
            self.say(row, "description", "", said("no_description"), "DAT-01", waits=True)
        names = [name for name in ("quantity", "package_count") if name in self.columns]
        if names and not counted and all(self.columns[name].figures[row.place].empty for name in names):
            self.say(row, names[-1], "", said("no_count"), "DAT-01", waits=True)
        gross = self.columns.get("gross_kg")
        if gross is not None and gross.figures[row.place].empty and not self.under_merge(row.at, "gross_kg"):
            self.say(row, "gross_kg", "", said("no_gross"), "DAT-01", waits=True)


def _package_of_title(title: str) -> str | None:
    """The package type that a head names by itself: ``No. of pallets``, ``Кол-во мешков``; not "packages"."""
    code = package_code(title)
    return None if code in ("PK", "NE") else code
