"""What of a consignment's story may leave the building: its own entries, and nothing of the cargo beside it.

An entry is exact bytes, so nothing in it can be blacked out: it is shown whole or withheld whole. Of a withheld entry
the bundle still proves that it stands in the journal, by its hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terminal.access import Caller
from terminal.cases import watch_hits
from terminal.store.journal import Entry, leaf_hash
from terminal.store.reader import Reader
from workflows import events_inspection, events_routing, events_screening
from workflows.roles import Right

#: why an entry is withheld, as the index of the bundle says it
OTHERS = "it names other consignments"
RISK = "it holds screening results"
PERSONS = "it holds personal data"
PURGED = "personal data was deleted from it when its time was over"
INSPECTIONS = "it holds results of inspections"

#: what is shown of a vehicle that carried other consignments as well
_OF_SHARED_VISITS = frozenset(
    {"VisitAnnounced", "VisitEntered", "VisitWeighed", "VisitSealed", "StageChanged", "GatePassIssued"}
)
_INSPECTIONS = frozenset(kind.__name__ for kind in events_inspection.KINDS)
_RISK_FIELDS = frozenset({"findings", "lane", "score"})
_PERSON_WORDS = frozenset({"driver", "bearer", "passport", "escort"})
_EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the story; ``withheld`` says why its bytes stay here, None when they may leave."""

    entry: Entry
    withheld: str | None


@dataclass(frozen=True, slots=True)
class Foreign:
    """References and labels that belong to other consignments, and a pattern that finds them in text."""

    names: frozenset[str]
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, names: Iterable[str]) -> Foreign:
        """From the names themselves."""
        kept = frozenset(names)
        longest = sorted(kept, key=lambda name: (-len(name), name))
        one = "|".join(re.escape(name) for name in longest)
        return cls(kept, re.compile(rf"(?<![0-9A-Za-z])(?:{one})(?![0-9A-Za-z])") if kept else None)

    def named_in(self, text: str) -> bool:
        """True when the text names one of them, in whatever place."""
        return self.pattern is not None and self.pattern.search(text) is not None

    def without(self, value: Any) -> Any:
        """JSON-able data with every name of another consignment blacked out."""
        if isinstance(value, str):
            return self.pattern.sub("[withheld]", value) if self.pattern else value
        if isinstance(value, Mapping):
            return {self.without(str(key)): self.without(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.without(item) for item in value]
        return value


def strings(value: Any) -> Iterator[str]:
    """Every text in JSON-able data, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def foreign_in(reader: Reader, ref: str, texts: Iterable[str]) -> Foreign:
    """Names of other consignments and their units: those that travelled with this one, and those the texts name."""
    asked = {text for text in texts if 0 < len(text) <= 80}
    names = set(reader.travelled_with(ref)) | reader.references_among(asked)
    names |= {label for label, owner in reader.owners_among(asked).items() if owner != ref}
    return Foreign.of(names - {ref})


def entries_of(reader: Reader, ref: str) -> list[Entry]:
    """The whole story of a consignment, oldest first."""
    return reader.story(ref, limit=_EVERYTHING)[::-1]


def tell(reader: Reader, ref: str, entries: Iterable[Entry], foreign: Foreign, caller: Caller) -> list[Told]:
    """The entries with what of them is withheld from this reader and from whoever they hand the bundle to."""
    shared = set(reader.visits_shared_by(ref))
    told = []
    for entry in entries:
        kind, _, name = entry.subject.partition(":")
        alone = kind != "visit" or name not in shared or entry.type in _OF_SHARED_VISITS
        why: str | None = None
        if leaf_hash(entry.body) != entry.hash:
            why = PURGED
        elif not alone or foreign.named_in(entry.body.decode("utf-8")):
            why = OTHERS
        elif watch_hits.told_by(entry, reader) or (
            not caller.actor.may(Right.READ_RISK) and _about_risk(entry)
        ):
            why = RISK
        elif not caller.actor.may(Right.READ_INSPECTIONS) and entry.type in _INSPECTIONS:
            why = INSPECTIONS
        elif not caller.actor.may(Right.READ_PERSONS) and _about_persons(entry.data):
            why = PERSONS
        told.append(Told(entry, why))
    return told


def _about_risk(entry: Entry) -> bool:
    if (
        entry.type == "ChecksRun"
        or entry.type in events_routing.NAMES
        or entry.type in events_screening.NAMES
        or "SANCTIONS" in entry.body.decode("utf-8")
    ):
        return True
    return bool(_RISK_FIELDS & set(strings(entry.data)))


def _about_persons(value: Any) -> bool:
    """True when a field that is about a person holds something."""
    if isinstance(value, Mapping):
        return any(
            (item not in (None, "", [], {}) and bool(_PERSON_WORDS & set(str(key).casefold().split("_"))))
            or _about_persons(item)
            for key, item in value.items()
        )
    return isinstance(value, list | tuple) and any(_about_persons(item) for item in value)
