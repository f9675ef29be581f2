"""Papers written down before the transaction that keeps them: a long list takes seconds to spell out, and no scan waits for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from workflows.events import ConsignmentAnnounced, Event
from workflows.papers import Papers
from workflows.plain import to_plain
from workflows.steps_consignment import Counted, counted

_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
_STORED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Papers with their texts: ``canonical`` as the journal writes them, ``stored`` as their row; and what is counted of them."""

    papers: Papers
    canonical: str
    stored: str
    counted: Counted

    def data_of(self, event: Event) -> str | None:
        """The event's own fields as canonical JSON, if it announces these very papers."""
        if type(event) is not ConsignmentAnnounced or event.papers is not self.papers:
            return None
        before = {
            "digest": event.digest,
            "findings": to_plain(event.findings),
            "headers": to_plain(event.headers),
        }
        return f'{_SORTED(before)[:-1]},"papers":{self.canonical},"source":{_SORTED(event.source)}}}'


def prepare(papers: Papers) -> Prepared:
    """Write papers down once. Raises ``TypeError`` for what does not belong into papers."""
    plain: dict[str, Any] = to_plain(papers)
    return Prepared(papers, _SORTED(plain), _STORED(plain), counted(papers, plain))
