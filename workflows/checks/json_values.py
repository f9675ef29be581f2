"""Single values out of JSON, with their place in every complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

T = TypeVar("T")


class CaseDataError(ValueError):
    """A value of observations or context cannot be read; the message names its place and what is expected."""


def list_of(data: Mapping[str, Any], key: str) -> list[Any]:
    """A list under a key; an absent one is empty. Raises CaseDataError."""
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise CaseDataError(f"{key}: a list is expected, not {type(value).__name__}")
    return value


def object_of(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object under a key; an absent one is empty. Raises CaseDataError."""
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CaseDataError(f"{key}: an object is expected, not {type(value).__name__}")
    return value


def each(data: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any], str], T]) -> Iterator[T]:
    """Every row of a list, read by ``read(row, place)``. Raises CaseDataError."""
    for index, row in enumerate(list_of(data, key)):
        where = f"{key}[{index}]"
        if not isinstance(row, Mapping):
            raise CaseDataError(f"{where}: an object is expected, not {type(row).__name__}")
        yield read(row, where)


def text_of(row: Mapping[str, Any], key: str) -> str | None:
    """A text under a key; None when absent or blank."""
    value = row.get(key)
    return None if value is None or not str(value).strip() else str(value).strip()


def needed_text(row: Mapping[str, Any], key: str, where: str) -> str:
    """A text that has to be there. Raises CaseDataError."""
    value = text_of(row, key)
    if value is None:
        raise CaseDataError(f"{where}.{key} is missing")
    return value


def decimal_of(value: Any, where: str) -> Decimal | None:
    """A number as Decimal; None when absent. Raises CaseDataError."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise CaseDataError(f"{where}: {value!r} is no number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise CaseDataError(f'{where}: {value!r} is no number; write kilograms as 22940 or "598.5"') from None
    if not number.is_finite():
        raise CaseDataError(f"{where}: {value!r} is no number")
    return number


def whole_of(value: Any, where: str) -> int | None:
    """A whole number; None when absent. Raises CaseDataError."""
    number = decimal_of(value, where)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CaseDataError(f"{where}: {value!r} is not a whole number")
    return int(number)


def moment_of(value: Any, where: str) -> datetime | None:
    """A time with its zone (ISO 8601); None when absent. Raises CaseDataError."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise CaseDataError(f"{where}: {value!r} is no time; write 2026-11-16T09:00:00+05:00") from None
    if moment.tzinfo is None:
        raise CaseDataError(f"{where}: {value!r} has no time zone; write 2026-11-16T09:00:00+05:00")
    return moment


def day_of(value: Any, where: str) -> date | None:
    """A date (ISO 8601); None when absent. Raises CaseDataError."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise CaseDataError(f"{where}: {value!r} is no date; write 2027-03-01") from None
