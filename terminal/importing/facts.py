"""Pre-advice facts as a person or another system entered them: checked on the way in, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation


class WrongFactsError(ValueError):
    """Pre-advice facts of the wrong shape; the message names the field and what is expected there."""


def text_of(facts: Mapping[str, object], name: str) -> str | None:
    """A text of the facts; None when absent or empty. Raises WrongFactsError for an object or a list."""
    value = facts.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str | int):
        raise WrongFactsError(f"{name}: a text is expected, not {type(value).__name__}")
    return str(value)


def mapping_of(facts: Mapping[str, object], name: str) -> Mapping[str, object]:
    """An object of the facts; empty when absent. Raises WrongFactsError for anything else."""
    value = facts.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise WrongFactsError(f"{name}: an object is expected, not {type(value).__name__}")
    return value


def kg_of(facts: Mapping[str, object], name: str) -> Decimal | None:
    """A weight in kg of the facts; None when absent. Raises WrongFactsError for what is no number."""
    value = facts.get(name)
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation as fault:
        raise WrongFactsError(f"{name}: {value!r} is no weight in kg; write it as 7480 or 7480.5") from fault
    if not number.is_finite() or number.adjusted() > 12 or len(str(value)) > 40:
        raise WrongFactsError(f"{name}: {value!r} is no weight in kg")
    return number


def count_of(facts: Mapping[str, object], name: str) -> int | None:
    """A whole number of the facts; None when absent. Raises WrongFactsError for a fraction."""
    number = kg_of(facts, name)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise WrongFactsError(f"{name}: {number} is no whole number")
    return int(number)


def date_of(facts: Mapping[str, object], name: str) -> date | None:
    """A date (ISO) of the facts; None when absent. Raises WrongFactsError for one that does not exist."""
    value = facts.get(name)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as fault:
        raise WrongFactsError(f"{name}: {value!r} is no date; write it as 2026-11-16") from fault
