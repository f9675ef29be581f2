"""Hits of the watch list in the journal: whoever reads it sees that they stand there, the border service what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.store.journal import Entry
from terminal.store.reader import Reader
from workflows.discretion import is_watch_hit, reads_watch_hits, veiled_refusal
from workflows.roles import Actor

#: events that may tell of a hit
KINDS = frozenset(
    {"ChecksRun", "VisitScreened", "HoldPlaced", "HoldLiftProposed", "HoldLifted", "StepRefused"}
)
#: events that keep findings
_JUDGED = frozenset({"ChecksRun", "VisitScreened"})
#: events that speak of a hold by its id alone
_OF_A_HOLD = frozenset({"HoldLiftProposed", "HoldLifted"})


def told_by(entry: Entry, reader: Reader) -> bool:
    """True when an entry says that something or somebody is on the watch list."""
    match entry.type:
        case "ChecksRun" | "VisitScreened":
            # One that could not be judged says what is missing, and of nobody that they are on the list.
            return any(
                is_watch_hit(found.get("check")) and not found.get("cannot_tell")
                for found in entry.data.get("findings", ())
            )
        case "HoldPlaced":
            return is_watch_hit(entry.data["hold"].get("check"))
        case "StepRefused":
            return any(is_watch_hit(facts.get("check")) for facts in _facts(entry.data))
        case kind if kind in _OF_A_HOLD:
            hold = reader.hold(str(entry.data["hold_id"]))
            return hold is not None and is_watch_hit(hold.check)
        case _:
            return False


def _facts(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one.get("facts") or {} for one in data.get("missing") or ()]


def public(entry: Entry, reader: Reader, who: Actor) -> dict[str, Any]:
    """An entry as it is handed to a reader of the journal: as stored, or without the hit and marked ``withheld``."""
    whole = entry.public()
    if reads_watch_hits(who) or not told_by(entry, reader):
        return whole
    data = dict(entry.data)
    if entry.type in _JUDGED:
        data["findings"] = [one for one in data["findings"] if not is_watch_hit(one.get("check"))]
    elif entry.type == "StepRefused":
        data["missing"] = [
            {**one, "facts": dict(veiled_refusal(one.get("facts") or {}))} for one in data["missing"]
        ]
    else:
        data = {}
    return {**whole, "data": data, "withheld": True}
