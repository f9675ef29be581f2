"""What stands on the labels of a consignment's units, looked up in the store of a data directory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from terminal.labels import NoTerminalData, UnitLabel
from terminal.store.engine import Store, url_in
from terminal.store.errors import StoreError
from terminal.store.reader import Reader
from workflows.state import Consignment, Unit

PAGE = 500


def units_of(ref: str, data_dir: Path) -> list[UnitLabel]:
    """A label for every unit of the consignment that carries an SSCC, in the order of their numbers.

    ``ref`` in any letter case. The store is only read, beside a running server too. Raises
    :class:`terminal.labels.NoTerminalData` when there is no store there.
    """
    try:
        with Store.open(url_in(data_dir), writing=False) as store, store.reading() as reader:
            name = reader.reference_of(ref) or ref
            consignment = reader.consignment(name)
            units = _all_units(reader, name)
    except StoreError as error:
        raise NoTerminalData(f"The terminal data at {data_dir} cannot be read: {error}") from error
    if consignment is None:
        return []
    printable = [unit for unit in units if len(unit.label) == 18 and unit.label.isdigit()]
    return [
        _label(consignment, unit, number, len(printable)) for number, unit in enumerate(printable, start=1)
    ]


def label_of_unit(reader: Reader, label: str) -> UnitLabel | None:
    """What stands on the label of one unit; None when there is no such unit."""
    unit = reader.unit(label)
    consignment = reader.consignment(unit.consignment) if unit is not None else None
    if unit is None or consignment is None:
        return None
    return replace(_label(consignment, unit, 0, 0), number=None, total=None)


def _all_units(reader: Reader, ref: str) -> list[Unit]:
    found: list[Unit] = []
    while page := reader.units_of(ref, found[-1].label if found else None, PAGE):
        found += page
    return found


def _label(consignment: Consignment, unit: Unit, number: int, total: int) -> UnitLabel:
    papers = consignment.papers
    contents = next((line.description for line in papers.lines if line.no == unit.line), "")
    return UnitLabel(
        unit.label,
        papers.sender,
        papers.consignee,
        consignment.ref,
        contents,
        unit.gross_kg,
        number,
        total,
    )
