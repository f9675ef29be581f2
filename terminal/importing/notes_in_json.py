"""Consignment notes and lists in JSON: keys in any of the languages become labels and column heads.

No schema is asked for. A list of records whose keys head goods columns is a table; every other key with a
plain value is a label, as in a title block. So CMR with Uzbek keys, SMGS with Russian ones and our own form
take the same way as a workbook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

from terminal.importing.layouts import GOODS_FIELDS
from terminal.importing.limits import MAX_CELL, MAX_COLUMNS, MAX_JSON_DEPTH, MAX_ROWS
from terminal.importing.saying import said
from terminal.importing.sheets import Cell, Sheet, Unusable
from terminal.importing.vocabulary import heading, normalise

_NAME_KEYS = frozenset(
    normalise(word)
    for word in ("name", "title", "value", "название", "наименование", "имя", "nomi", "ismi", "номи", "نام", "text", "number", "номер", "raqami")
)  # fmt: skip
_SUBJECTS = frozenset({"description", "sscc", "wagon_no", "hs_code", "item_code"})


def read_json(text: str) -> list[Sheet]:
    """Tables of a JSON document, and one sheet named ``labels`` of key/value rows.

    Raises :class:`Unusable` when the text is no JSON or is nested beyond reason.
    """
    try:
        document = json.loads(text, parse_float=_amount, parse_constant=_no_constant)
    except RecursionError as fault:
        raise Unusable(said("file_json_deep")) from fault
    except ValueError as fault:
        raise Unusable(said("file_json_broken", fault=fault)) from fault
    labels: list[tuple[Cell, ...]] = []
    tables: list[Sheet] = []
    _walk(document, "", labels, tables, 0)
    return [*tables, Sheet("labels", labels)]


def _amount(text: str) -> Decimal:
    """A number of a note, exactly as written; one of hundreds of digits is none."""
    value = Decimal(text)
    if not -30 < value.adjusted() < 30 or len(text) > 60:
        raise ValueError(f"{text[:20]} is no amount of cargo")
    return value


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no value")


def _walk(node: object, key: str, labels: list[tuple[Cell, ...]], tables: list[Sheet], depth: int) -> None:
    if depth > MAX_JSON_DEPTH:
        raise Unusable(said("file_json_deep"))
    if isinstance(node, Mapping):
        for name, value in node.items():
            if isinstance(value, Mapping):
                whole = _name_of(value)
                if whole is not None:
                    labels.append((name, whole))
                _walk(value, name, labels, tables, depth + 1)
            elif isinstance(value, list):
                _list(value, name, labels, tables, depth)
            elif value is not None:
                labels.append((name, _cell(value)))
    elif isinstance(node, list):
        _list(node, key or "rows", labels, tables, depth)


def _list(
    values: list[object], name: str, labels: list[tuple[Cell, ...]], tables: list[Sheet], depth: int
) -> None:
    records = [value for value in values if isinstance(value, Mapping)]
    if not records:
        plain = [str(_cell(value)) for value in values if value is not None and not isinstance(value, list)]
        if plain:
            labels.append((name, ", ".join(plain)[:MAX_CELL]))
        return
    table = _table(records, name)
    if table is not None:
        tables.append(table)
        return
    for record in records:
        _walk(record, name, labels, tables, depth + 1)


def _table(records: list[Mapping[str, object]], name: str) -> Sheet | None:
    flat = [_flatten(record) for record in records[:MAX_ROWS]]
    keys = list(dict.fromkeys(key for record in flat for key in record))[:MAX_COLUMNS]
    fields = {
        found.field for key in keys if (found := heading(key)) is not None and found.field in GOODS_FIELDS
    }
    if len(fields) < 2 or not fields & _SUBJECTS:
        return None
    rows: list[tuple[Cell, ...]] = [tuple(keys)]
    rows.extend(tuple(record.get(key) for key in keys) for record in flat)
    cut = f"only the first {MAX_ROWS} rows were read" if len(records) > MAX_ROWS else None
    return Sheet(name, rows, cut=cut, headed=True)


def _flatten(record: Mapping[str, object], prefix: str = "", depth: int = 0) -> dict[str, Cell]:
    flat: dict[str, Cell] = {}
    for key, value in record.items():
        name = f"{prefix} {key}".strip()
        if isinstance(value, Mapping) and depth < 3:
            flat.update(_flatten(value, name, depth + 1))
            whole = _name_of(value)
            if whole is not None:
                flat.setdefault(name, whole)
        elif isinstance(value, list):
            flat[name] = (
                ", ".join(str(_cell(v)) for v in value if not isinstance(v, dict | list))[:MAX_CELL] or None
            )
        else:
            flat[name] = _cell(value)
    return flat


def _name_of(value: Mapping[str, object]) -> Cell:
    """What an object is called or worth, when one of its keys says so: {"name": ..., "code": ...}."""
    for key, inner in value.items():
        if normalise(str(key)) in _NAME_KEYS and inner is not None and not isinstance(inner, dict | list):
            return _cell(inner)
    return None


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    return str(value)[:MAX_CELL]
