"""Frozen dataclasses to JSON-able dicts and back, without a library and without guessing.

Understands what our events and snapshots are made of: dataclasses, ``str``, ``int``, ``bool``, ``None``,
``Decimal`` (as text), aware ``datetime`` (ISO 8601, UTC), ``date``, ``StrEnum``, ``tuple[X, ...]``, ``frozenset``
and mappings with text keys. Anything else raises ``TypeError`` where it is written, not where it is read.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """The value as JSON-able data. Raises ``TypeError`` for a kind that does not belong in an event."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    return _writer(kind)(value)  # type: ignore[arg-type]  # types are hashable


@cache
def _writer(kind: type) -> Callable[[Any], Any]:
    """How values of exactly this type are written; found once a type, for this is asked for every field of a scan."""
    if issubclass(kind, bool | int):
        return _as_it_is
    if issubclass(kind, str):
        return str
    if issubclass(kind, Decimal):
        return _decimal
    if issubclass(kind, datetime):
        return _moment
    if issubclass(kind, date):
        return _day
    if is_dataclass(kind):
        return _record_writer(kind)
    if issubclass(kind, Mapping):
        return _mapping
    if issubclass(kind, frozenset | set):
        return _set
    if issubclass(kind, tuple | list):
        return _row
    raise TypeError(f"{kind.__name__} does not belong in an event")


def _as_it_is(value: Any) -> Any:
    return value


def _decimal(value: Decimal) -> str:
    return format(value, "f")


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError(f"a time without zone is not a fact: {value!r}")
    return value.astimezone(UTC).isoformat()


def _day(value: date) -> str:
    return value.isoformat()


def _mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): to_plain(item) for key, item in value.items()}


def _set(value: frozenset[Any]) -> list[Any]:
    return sorted(to_plain(item) for item in value)


def _row(value: tuple[Any, ...]) -> list[Any]:
    return [to_plain(item) for item in value]


def _record_writer(kind: Any) -> Callable[[Any], Any]:
    names = tuple(field.name for field in fields(kind))

    def record(value: Any) -> dict[str, Any]:
        plain = {}
        for name in names:
            item = getattr(value, name)
            plain[name] = item if item is None or type(item) is str else to_plain(item)
        return plain

    return record


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def from_plain(kind: Any, data: Any) -> Any:
    """Rebuild a value of type ``kind`` from :func:`to_plain` data.

    Unknown keys are ignored and missing ones take the field's default, so that old journals stay readable.
    Raises ``TypeError`` or ``ValueError`` when the data does not fit the type.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        if data is None:
            return None
        for option in options:
            try:
                return from_plain(option, data)
            except (TypeError, ValueError, KeyError):
                continue
        raise ValueError(f"{data!r} is none of {options}")
    if kind is Any or kind is object:
        return data
    if origin is tuple:
        return tuple(from_plain(get_args(kind)[0], item) for item in data)
    if origin in (frozenset, set):
        return frozenset(from_plain(get_args(kind)[0], item) for item in data)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        _, inner = get_args(kind)
        return {key: from_plain(inner, item) for key, item in data.items()}
    return _scalar_or_record(kind, data)


def _scalar_or_record(kind: Any, data: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(data, Mapping):
            raise TypeError(f"{kind.__name__} is made of named fields, not of {data!r}")
        hints = _hints(kind)
        return kind(
            **{f.name: from_plain(hints[f.name], data[f.name]) for f in fields(kind) if f.name in data}
        )
    if kind is Decimal:
        return Decimal(data)
    if kind is datetime:
        return datetime.fromisoformat(data)
    if kind is date:
        return date.fromisoformat(data)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(data)
    if isinstance(kind, type) and isinstance(data, kind):
        return data
    raise TypeError(f"{data!r} is not a {kind}")
