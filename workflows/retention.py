"""What of an event is about a person, and what is left of it when its time is over. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

#: stands where something was deleted
DELETED = "[deleted]"


class Rule(StrEnum):
    """Why something is deleted: driver data, pictures, and the small print of old journals."""

    DRIVERS = "drivers"
    IMAGES = "images"
    JOURNAL = "journal"


#: keys of facts that are about a person: declared, read at the gate, or written on a pass
_PERSONS = frozenset({"driver", "bearer", "escort", "passport", "complainant"})
#: fields of a travel document that find a person again in other text
_NAMING = frozenset({"name", "surname", "given_names", "number", "document_number", "personal_number"})
#: events that say who came in from where and how devices felt: nothing follows from their facts
_SMALL_PRINT = frozenset({"SecurityEvent", "DeviceChanged", "DeviceTold", "SignalShown"})
#: shorter text is no name that could be looked for in other text
_SHORTEST = 4


def names_in(kind: str, data: Mapping[str, Any]) -> set[str]:
    """Names and document numbers of persons that an event of this type says of its subject."""
    found: set[str] = set()
    if _is_passport(kind, data):
        fields = data.get("fields")
        found |= _naming(fields if isinstance(fields, Mapping) else {})
        found |= _both_ways(fields) if isinstance(fields, Mapping) else set()
    _collect(data, found)
    return {name for name in found if len(name.strip()) >= _SHORTEST}


def without_persons(kind: str, data: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The event's facts without what is about persons; ``names`` are looked for in every other text."""
    wanted = sorted(set(names), key=lambda name: (-len(name), name))
    said = "|".join(re.escape(name) for name in wanted)
    # Whole words only: the number of a document may stand inside the number of a label by chance.
    pattern = re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE) if wanted else None
    left: dict[str, Any] = _without(data, pattern)
    if _is_passport(kind, data):
        fields = data.get("fields")
        left["fields"] = _blank(fields) if isinstance(fields, Mapping) else {}
        if "raw" in left:
            left["raw"] = ""
    return left


def without_small_print(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The event's facts without what only mattered at the time: addresses, names tried, figures of devices."""
    if kind not in _SMALL_PRINT:
        return dict(data)
    emptied: dict[str, Any] = {
        key: {} if isinstance(value, Mapping) else value for key, value in data.items()
    }
    if "raw" in emptied:
        emptied["raw"] = ""
    return emptied


def _is_passport(kind: str, data: Mapping[str, Any]) -> bool:
    return kind == "PassportRead" or (kind == "ReadingLinked" and data.get("kind") == "passport")


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in _PERSONS and isinstance(item, str):
                found.add(item)
            elif key in _PERSONS and isinstance(item, Mapping):
                found |= _naming(item)
            else:
                _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)


def _naming(fields: Mapping[str, Any]) -> set[str]:
    return {value for key, value in fields.items() if key in _NAMING and isinstance(value, str)}


def _both_ways(fields: Mapping[str, Any]) -> set[str]:
    """A name as passports and as people write it."""
    given, family = fields.get("given_names"), fields.get("surname")
    if not (isinstance(given, str) and isinstance(family, str) and given and family):
        return set()
    return {f"{given} {family}", f"{family} {given}"}


def _without(value: Any, pattern: re.Pattern[str] | None) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _blank(item) if key in _PERSONS and item else _without(item, pattern)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without(item, pattern) for item in value]
    if isinstance(value, str) and pattern is not None:
        return pattern.sub(DELETED, value)
    return value


def _blank(value: Any) -> Any:
    """Text is marked as deleted where it must be text; everything else of a person is left out."""
    if isinstance(value, Mapping):
        return {key: DELETED if key == "name" else None for key in value}
    return DELETED if isinstance(value, str) else None
