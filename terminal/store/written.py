"""Facts as JSON, the one way: no spaces, UTF-8, and keys sorted where a hash is made of it.

A fast library writes nearly everything; what it refuses (a whole number of more than 64 bits, text that is no text) is
written, or refused, by the standard one. Both write the very same bytes, which a test proves for whatever JSON can hold.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from workflows.plain import to_plain

# Nothing is written that was not asked for: times and records go through to_plain, as everywhere.
_ONLY_PLAIN = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_SORTED = _ONLY_PLAIN | orjson.OPT_SORT_KEYS
_slowly = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_slowly_in_order = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=to_plain).encode
_slowly_with_values = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=to_plain
).encode


def plain_written(value: Any) -> bytes:
    """JSON-able facts without floats. Raises ``TypeError`` or ``ValueError`` for what has no exact form."""
    try:
        return orjson.dumps(value, option=_SORTED)
    except orjson.JSONEncodeError:
        return _slowly(value).encode("utf-8")


def written(value: Any) -> bytes:
    """As :func:`plain_written`, of what :func:`to_plain` understands. Raises ``TypeError`` or ``ValueError``."""
    try:
        return orjson.dumps(value, default=to_plain, option=_SORTED)
    except orjson.JSONEncodeError:
        return _slowly_with_values(value).encode("utf-8")


def in_order(value: Any) -> str:
    """As :func:`written`, with the keys in the order in which they stand: for what is given again as it was."""
    try:
        return orjson.dumps(value, default=to_plain, option=_ONLY_PLAIN).decode()
    except orjson.JSONEncodeError:
        return _slowly_in_order(value)


def as_it_is(text: str) -> Any:
    """Facts that were written before, to stand inside others as they are."""
    return orjson.Fragment(text)
