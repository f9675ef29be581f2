"""Mistakes in a configuration, said so that an integrator can mend them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence, Set
from typing import Any

from pydantic import ValidationError


def sentences(
    error: ValidationError, table: Mapping[str, Any], kinds: Sequence[str], names: Set[str]
) -> list[str]:
    """Pydantic's findings as sentences that name the key and, where it can be known, the fix."""
    lines: list[str] = []
    for item in error.errors():
        path = [str(part) for part in item["loc"]]
        if path and path[0] in kinds:
            path = path[1:]
        key = ".".join(path)
        if item["type"] in {"union_tag_not_found", "union_tag_invalid"}:
            lines.append(f"`kind` is {table.get('kind')!r}; write one of {', '.join(kinds)}")
        elif item["type"] == "extra_forbidden":
            lines.append(f"`{key}` is not a known key{_did_you_mean(path[-1], names)}")
        elif item["type"] == "missing":
            lines.append(f"`{key}` is missing")
        else:
            message = item["msg"].removeprefix("Value error, ")
            message = message[:1].lower() + message[1:] if item["type"] != "value_error" else message
            lines.append(
                f"`{key}`: {message} (it is {item['input']!r})"
                if path and item["type"] != "value_error"
                else (f"`{key}`: {message}" if path else message)
            )
    return lines


def _did_you_mean(key: str, names: Set[str]) -> str:
    near = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean `{near[0]}`?" if near else "; remove it"
