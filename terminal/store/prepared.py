"""Papers written down before the transaction that keeps them: a long list takes seconds to spell out, and no scan waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from terminal.store.written import as_it_is, in_order, plain_written, written
from workflows.events import ConsignmentAnnounced, Event
from workflows.papers import DeclaredUnit, Line, Papers
from workflows.plain import to_plain
from workflows.steps_consignment import Counted, counted


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
        return written(
            {
                "digest": event.digest,
                "findings": event.findings,
                "headers": event.headers,
                "papers": as_it_is(self.canonical),
                "source": event.source,
            }
        ).decode()


def prepare(papers: Papers) -> Prepared:
    """Write papers down once. Raises ``TypeError`` for what does not belong into papers, ``UnicodeEncodeError`` for a text
    that is none."""
    plain: dict[str, Any] = to_plain(replace(papers, lines=(), units=()))
    plain["lines"], plain["units"] = plain_rows(papers.lines), plain_rows(papers.units)
    return Prepared(papers, plain_written(plain).decode(), in_order(plain), counted(papers, plain))


def plain_rows(rows: Sequence[Line] | Sequence[DeclaredUnit]) -> list[dict[str, Any]]:
    """As :func:`to_plain`, through the fast library: their fields are of kinds that it writes as we do, or hands back."""
    try:
        quick = orjson.dumps(rows, default=to_plain, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError:
        return [to_plain(row) for row in rows]
    found: list[dict[str, Any]] = orjson.loads(quick)
    return found
