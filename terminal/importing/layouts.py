"""Finding tables in a sheet: which row is the head, which column is what, where the body ends.

Papers come with title blocks, two-storey heads, unit rows, numbered columns, repeated heads at page breaks,
sums and signatures. Nothing here looks at positions: only at words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from terminal.importing.columns import figure_of
from terminal.importing.limits import HEADER_ROWS
from terminal.importing.sheets import Cell, Sheet, is_blank, is_number, shown
from terminal.importing.vocabulary import (
    Heading,
    UnitWord,
    heading,
    is_only_total,
    is_subtotal_word,
    is_total_word,
    mass_unit_of_title,
    normalise,
    package_code,
    quantity_unit,
    unit_word,
)

#: Fields that make a table of goods; labels such as shipper belong to title blocks.
GOODS_FIELDS = frozenset(
    [
        "line_no",
        "sscc",
        "item_code",
        "description",
        "hs_code",
        "batch",
        "production_date",
        "expiry_date",
        "best_before",
        "quantity",
        "uom",
        "package_count",
        "package_type",
        "gross_kg",
        "net_kg",
        "any_weight",
        "volume_m3",
        "unit_value",
        "total_value",
        "currency",
        "un_number",
        "dg_class",
        "packing_group",
        "cas_number",
        "temp_min",
        "temp_max",
        "temperature",
        "container_no",
        "wagon_no",
        "seal_no",
        "gtin",
        "remarks",
        "consignment_note_no",
        "smgs_no",
        "cmr_no",
        "awb_no",
        "tir_no",
        "origin_country",
        "vehicle_plate",
        "trailer_plate",
        "parent_sscc",
        "mass_unit",
        "dimensions",
        "per_unit_weight",
        "qty_per_package",
        "tare",
    ]
)
_AMOUNTS = frozenset({"quantity", "package_count", "gross_kg", "net_kg", "any_weight"})
_SUBJECTS = frozenset({"description", "sscc", "wagon_no", "item_code", "hs_code", "container_no"})
_FIGURE = re.compile(r"[\d\s.,/%+\-–:٬٫۰-۹٠-٩]+")
_GROSS_WORD = re.compile(r"gross|брутто|brutto|brüt|brut\b|ناخالص|غیر خالص")
_PIECES = re.compile(r"^(no of |number of )?(pieces|pcs|pkgs)$")
_OF_ALL = re.compile(r"total|общ|всего|umumiy|умумий|jami|жами|مجموع|کل")
_KIND_WORD = re.compile(r"вид|тип|род|type|kind|turi|тури|نوع|نوعیت|tür|cins")
_NAMING_WORD = re.compile(
    r"descri|naimen|наимен|опис|nomi|номи|name|شرح|نام|désign|tavsif|тавсиф|tanım|bezeichn"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One understood column: where it stands, its head as written, unit and package type named there."""

    index: int
    title: str
    unit: UnitWord | None = None
    package_type: str | None = None
    strength: int = 3
    unknown_unit: str | None = None
    rivals: tuple[Column, ...] = ()  # others whose head means the same


@dataclass(slots=True)
class Layout:
    """A table found in a sheet: columns by canonical field and the rows of its body (indices from 0)."""

    head: int
    columns: dict[str, Column]
    body: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    outside: list[int] = field(default_factory=list)  # notes and signatures among or below the rows
    title_unit: UnitWord | None = None

    @property
    def missing(self) -> list[str]:
        """Mandatory fields without a column: description, quantity or packages, gross weight (check DAT-01)."""
        absent = [] if "description" in self.columns else ["description"]
        if not {"quantity", "package_count"} & self.columns.keys():
            absent.append("quantity or packages")
        return absent if "gross_kg" in self.columns else [*absent, "gross weight"]


def find_layouts(sheet: Sheet) -> tuple[list[Layout], list[int]]:
    """Every table of a sheet, and the rows that belong to none (title blocks, notes, signatures)."""
    layouts: list[Layout] = []
    loose: list[int] = []
    at = 0
    while at < len(sheet.rows):
        found = _find_head(sheet, at, forced=sheet.headed and not layouts)
        if found is None:
            loose.extend(range(at, min(len(sheet.rows), at + HEADER_ROWS * 4)))
            break
        layout, start = found
        titles = range(at, layout.head)
        loose.extend(titles)
        layout.title_unit = next((unit for row in titles if (unit := _title_unit(sheet.rows[row]))), None)
        at = _read_body(sheet, layout, start)
        _settle_packages(sheet, layout)
        loose.extend(layout.outside)
        layouts.append(layout)
    return layouts, loose


def _settle_packages(sheet: Sheet, layout: Layout) -> None:
    """Where two heads mean the packages ("Packages", "Package"), the column of words says which, that of figures how many."""
    count = layout.columns.get("package_count")
    if count is None or "package_type" in layout.columns or not layout.body:
        return
    rows = [sheet.rows[at] for at in layout.body]

    def worded(column: Column) -> bool:
        texts = [text for row in rows if (text := shown(_cell(row, column)))]
        return bool(texts) and all(package_code(text) and not _is_figure(text) for text in texts)

    words = next((one for one in (count, *count.rivals) if worded(one)), None)
    figures = next(
        (one for one in (count, *count.rivals) if any(_is_figure(_cell(row, one)) for row in rows)), None
    )
    if words is None:
        return
    layout.columns["package_type"] = words
    if figures is not None and figures is not words:
        layout.columns["package_count"] = figures
    elif words is count:
        del layout.columns["package_count"]


def _title_unit(row: tuple[Cell, ...]) -> UnitWord | None:
    """The mass unit a title row prescribes; a row with figures gives a total and prescribes nothing."""
    if any(is_number(cell) for cell in row):
        return None
    return mass_unit_of_title(" ".join(text for cell in row if (text := shown(cell))))


def _find_head(sheet: Sheet, start: int, *, forced: bool) -> tuple[Layout, int] | None:
    best: tuple[float, Layout, int] | None = None
    limit = min(len(sheet.rows), start + HEADER_ROWS)
    for at in range(start, limit):
        row = sheet.rows[at]
        if is_blank(row):
            continue
        single = _columns([(None, shown(cell) if isinstance(cell, str) else "") for cell in row])
        candidates = [(single, at + 1)]
        filled = sum(1 for cell in row if cell is not None and shown(cell))
        if filled >= 3 and single and at + 1 < len(sheet.rows) and _may_be_second_storey(sheet.rows[at + 1]):
            double = _columns(_stack(row, sheet.rows[at + 1]))
            if len(double) >= len(single) and _adds(double, single, sheet.rows[at + 1]):
                candidates.append((double, at + 2))
        for columns, body in candidates:
            score = _score(columns, forced=forced and at == 0)
            if score and (best is None or score > best[0]):
                best = (score, Layout(at, columns), body)
    return None if best is None else (best[1], best[2])


def _score(columns: dict[str, Column], *, forced: bool) -> float:
    fields = columns.keys()
    good = len(fields & _AMOUNTS) >= 2 or (len(fields & _AMOUNTS) == 1 and len(fields) >= 4)
    if not (fields & _SUBJECTS and good) and not (
        "sscc" in fields and len(fields) >= 2 and fields & _AMOUNTS
    ):
        enough = forced and len(fields) >= 2 and fields & _SUBJECTS
        if not enough:
            return 0
    return sum(column.strength / 3 for column in columns.values()) + ("description" in fields)


def _may_be_second_storey(row: tuple[Cell, ...]) -> bool:
    texts = [shown(cell) for cell in row if cell is not None and shown(cell)]
    return bool(texts) and not any(
        is_number(cell) or (isinstance(cell, str) and _FIGURE.fullmatch(cell)) for cell in row
    )


def _adds(double: dict[str, Column], single: dict[str, Column], second: tuple[Cell, ...]) -> bool:
    """A second storey is one when it names columns, or holds nothing but known heads and units."""
    if len(double) > len(single) or double.keys() - single.keys():
        return True
    texts = [shown(cell) for cell in second if shown(cell)]
    return all(
        heading(text) is not None or quantity_unit(text) is not None or text.startswith("(") for text in texts
    )


def _stack(top: tuple[Cell, ...], second: tuple[Cell, ...]) -> list[tuple[str | None, str]]:
    """Parent and child head of every column; a parent spans to the right while only children stand there."""
    pairs: list[tuple[str | None, str]] = []
    parent = ""
    for at in range(max(len(top), len(second))):
        above = shown(top[at]) if at < len(top) else ""
        below = shown(second[at]) if at < len(second) else ""
        if above:
            parent = above
        elif not below:
            parent = ""
        pairs.append((parent if below else None, below or above))
    return pairs


def _columns(pairs: list[tuple[str | None, str]]) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for at, (parent, child) in enumerate(pairs):
        if not child and not parent:
            continue
        found = _head_of(parent, child)
        if found is None or found.field not in GOODS_FIELDS:
            continue
        title = f"{parent} / {child}" if parent and parent != child else child
        column = Column(at, title, found.unit, found.package_type, found.strength, found.unknown_unit)
        rival = columns.get(found.field)
        if rival is None:
            columns[found.field] = column
        elif _better(column, rival, found.field):
            columns[found.field] = replace(column, rivals=(*rival.rivals, rival))
        else:
            columns[found.field] = replace(rival, rivals=(*rival.rivals, column))
    if "any_weight" in columns and "gross_kg" not in columns:
        columns["gross_kg"] = columns["any_weight"]
    columns.pop("any_weight", None)
    pieces = columns.get("quantity")
    if (
        pieces is not None
        and "package_type" in columns
        and not {"package_count", "uom"} & columns.keys()
        and _PIECES.search(normalise(pieces.title))
    ):
        # freight papers call packages pieces
        columns["package_count"] = columns.pop("quantity")
    return columns


def _better(column: Column, rival: Column, name: str) -> bool:
    if name == "description":
        said, before = (bool(_NAMING_WORD.search(normalise(c.title))) for c in (column, rival))
        if said != before:
            return said
    if name == "gross_kg":
        said, before = (bool(_GROSS_WORD.search(c.title.lower())) for c in (column, rival))
        if said != before:
            return said
    if name == "sscc":
        return "sscc" in column.title.lower() and "sscc" not in rival.title.lower()
    if name in ("gross_kg", "net_kg", "quantity", "volume_m3") and column.strength >= rival.strength:
        # "Gross weight" beside "Total gross weight" is the weight of one
        total, before = (bool(_OF_ALL.search(c.title.lower())) for c in (column, rival))
        if total != before:
            return total
    return column.strength > rival.strength


def _head_of(parent: str | None, child: str) -> Heading | None:
    own = heading(child)
    if not parent or parent == child:
        return own
    above = heading(parent)
    joined = heading(f"{parent} {child}")
    if above is not None and above.field == "package_count" and (own is None or own.field == "quantity"):
        name = "package_type" if _KIND_WORD.fullmatch(normalise(child)) else "package_count"
        return Heading(name, None, above.package_type)
    chosen: Heading | None
    if own is not None and own.strength == 3 and (joined is None or joined.strength < 2):
        chosen = own
    elif joined is not None and (joined.strength >= 2 or own is None):
        chosen = joined
    else:
        chosen = own or above
    if chosen is None:
        return None
    below_unit = unit_word(child)
    unit = chosen.unit or (own.unit if own else None) or below_unit or (above.unit if above else None)
    package = chosen.package_type or (above.package_type if above else None)
    strange = chosen.unknown_unit or (above.unknown_unit if above else None)
    return Heading(chosen.field, unit, package, max(chosen.strength, 2), None if unit else strange)


def _read_body(sheet: Sheet, layout: Layout, start: int) -> int:
    """Sort the rows below a head into body, sums and notes; returns where the search goes on."""
    rows = sheet.rows
    blank = 0
    summed = False
    at = start
    while at < len(rows):
        row = rows[at]
        if is_blank(row):
            blank += 1
            at += 1
            continue
        kind = _kind_of(row, layout, not layout.body)
        if kind == "head":
            if _same_head(row, layout):
                at += 1
                continue
            return at
        if kind == "total" and not _has_sums(row, layout):
            layout.outside.append(at)  # "Total packages: 30" in words is a label
        elif kind == "total":
            layout.totals.append(at)
            summed = not is_subtotal_word(_first_text(row))
        elif kind == "sum?" and _is_sum(sheet, layout, row):
            layout.totals.append(at)
        elif kind in ("row", "sum?") and not (summed and blank > 2):
            layout.body.append(at)
        elif kind != "skip":
            layout.outside.append(at)
        blank = 0
        at += 1
    return at


def _has_sums(row: tuple[Cell, ...], layout: Layout) -> bool:
    names = ("package_count", "gross_kg", "quantity", "net_kg", "volume_m3", "total_value")
    return any(_is_figure(_cell(row, layout.columns.get(name))) for name in names)


def _first_text(row: tuple[Cell, ...]) -> str:
    return next((cell for cell in row if isinstance(cell, str) and cell.strip()), "")


def _kind_of(row: tuple[Cell, ...], layout: Layout, first: bool) -> str:
    columns = layout.columns
    filled = [cell for cell in row if cell is not None and shown(cell)]
    amounts = [cell for name in ("package_count", "gross_kg", "quantity", "net_kg")
               if (cell := _cell(row, columns.get(name))) not in (None, "") and _is_figure(cell)]  # fmt: skip
    texts = [cell for cell in filled if isinstance(cell, str) and not _FIGURE.fullmatch(cell)]
    if texts and is_total_word(texts[0]) and not _has_identity(row, columns):
        described = any(shown(_cell(row, columns.get(name))) for name in ("uom", "package_type"))
        if is_only_total(texts[0]) or not described:
            return "total"
    subject = any(shown(_cell(row, columns.get(name))) for name in _SUBJECTS if name in columns)
    if not amounts:
        if all(isinstance(cell, str) and cell.startswith("#") for cell in filled):
            return "skip"  # HXL tags
        if len(texts) >= 3 and _is_head(row):
            return "head"
        if _is_column_numbers(filled):
            return "skip"
        if first and texts and all(quantity_unit(text.strip("()[] ")) for text in texts):
            return "skip"
        return "row" if _has_identity(row, columns) and subject else "note"
    if _is_column_numbers(filled) and first:
        return "skip"
    if not subject and layout.body and not shown(_cell(row, columns.get("line_no"))):
        return "sum?"
    return "row" if subject or len(filled) > 1 else "note"


def _is_sum(sheet: Sheet, layout: Layout, row: tuple[Cell, ...]) -> bool:
    """True when a row without words holds the sums of the rows above: papers that forgot to write "total"."""
    for name in ("package_count", "gross_kg", "net_kg", "quantity"):
        column = layout.columns.get(name)
        stated = figure_of(_cell(row, column))
        if column is None or not stated.value:
            continue
        above = [figure_of(_cell(sheet.rows[at], column)).value for at in layout.body]
        if len(above) > 1 and sum(value for value in above if value is not None) == stated.value:
            return True
    return False


def _cell(row: tuple[Cell, ...], column: Column | None) -> Cell:
    return None if column is None or column.index >= len(row) else row[column.index]


def _is_figure(cell: Cell) -> bool:
    return is_number(cell) or (isinstance(cell, str) and any(character.isdigit() for character in cell))


def _has_identity(row: tuple[Cell, ...], columns: dict[str, Column]) -> bool:
    """True when a row has what only goods rows have: a running number, a code, a label."""
    for name in ("line_no", "sscc", "hs_code", "wagon_no", "gtin", "batch"):
        cell = _cell(row, columns.get(name))
        if cell is not None and _is_figure(cell) and not is_total_word(shown(cell)):
            return True
    return False


def _is_head(row: tuple[Cell, ...]) -> bool:
    columns = _columns([(None, shown(cell) if isinstance(cell, str) else "") for cell in row])
    return len(columns) >= 3 and _score(columns, forced=False) > 0


def _same_head(row: tuple[Cell, ...], layout: Layout) -> bool:
    """True for the head printed again on a new page: the same columns in the same places."""
    columns = _columns([(None, shown(cell) if isinstance(cell, str) else "") for cell in row])
    same = sum(
        name in layout.columns and layout.columns[name].index == column.index
        for name, column in columns.items()
    )
    return same >= 0.6 * len(columns)


def _is_column_numbers(filled: Sequence[Cell]) -> bool:
    """True for the row ``1 2 3 4 ...`` that official forms print under their heads."""
    texts = [shown(cell).strip("()") for cell in filled]
    return len(texts) >= 4 and texts == [str(n) for n in range(1, len(texts) + 1)]
