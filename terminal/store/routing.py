"""Rows of lanes: written with their events, asked by judging (what came before), by desks and by the hit-rate report.

What "came before" a consignment is what was announced before it: its key is smaller. So the same question has the same
answer however often it is asked, and in a replay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from terminal.store.codes import STAGE_NUMBER, STAGE_OF, fold, storable
from terminal.store.journal import moment, stamp
from terminal.store.sql import Connection
from workflows.checks.case import PastLanes
from workflows.inspection_state import Result
from workflows.plain import from_plain, to_plain
from workflows.routing import looked_at
from workflows.routing_state import Lane, Routing
from workflows.stages import Stage
from workflows.state import Consignment

#: where goods have gone their way without anything having been found
_GONE = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED, Stage.CLOSED)


def load_routing(body: str) -> Routing:
    """The routing of a ``routing`` row."""
    value: Routing = from_plain(Routing, json.loads(body))
    return value


def was_found(consignment: Consignment) -> bool:
    """True when an inspection of the goods, or of the vehicle that brought them, found something."""
    routing = consignment.routing
    if routing is not None and routing.choice is not None and routing.choice.found:
        return True
    return any(one.result is Result.FINDING for one in consignment.inspections)


@dataclass(frozen=True, slots=True)
class Routed:
    """One consignment as reports and queues need it. ``first_at`` UTC."""

    ref: str
    stage: Stage
    office: str
    lane: Lane
    chosen: Lane
    score: int
    drawn: bool
    capped: bool
    inspected: bool
    found: bool
    audit_open: bool
    first_at: datetime
    sender: str
    routing: Routing


_COLUMNS = (
    "c.ref, c.stage, r.office, r.lane, r.chosen, r.score, r.drawn, r.capped, r.inspected, r.found, r.audit_open, "
    "r.first_at, c.sender, r.body"
)
_FROM = "routing r JOIN consignment c ON c.key = r.consignment_key"


def _routed(row: tuple[object, ...]) -> Routed:
    ref, stage, office, lane, chosen, score, drawn, capped, inspected, found, audit, first, sender, body = row
    return Routed(
        str(ref), STAGE_OF[int(str(stage))], str(office), Lane(str(lane)), Lane(str(chosen)), int(str(score)),
        bool(drawn), bool(capped), bool(inspected), bool(found), bool(audit), moment(str(first)), str(sender),
        load_routing(str(body)),
    )  # fmt: skip


class Routings:
    """Lanes of consignments on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def key_of(self, ref: str) -> int | None:
        """The number by which consignments stand in the order of their announcement."""
        if not storable(ref):
            return None
        row = self._connection.one("SELECT key FROM consignment WHERE ref = ?", (ref,))
        return int(row[0]) if row else None

    # --- writing --------------------------------------------------------------------------------
    def keep(self, key: int, after: Consignment, at: datetime) -> None:
        """Write the row of a consignment whose lane was chosen; nothing for others."""
        routing = after.routing
        if routing is None or routing.choice is None or after.lane is None:
            return
        chapters = sorted({line.hs_code[:2] for line in after.papers.lines if line.hs_code})
        self._connection.run(
            "INSERT INTO routing (consignment_key, office, lane, chosen, score, drawn, capped, inspected, found, "
            "audit_open, first_at, carrier_folded, chapters, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (consignment_key) DO UPDATE SET office = excluded.office, lane = excluded.lane, "
            "chosen = excluded.chosen, score = excluded.score, drawn = excluded.drawn, capped = excluded.capped, "
            "inspected = excluded.inspected, found = excluded.found, audit_open = excluded.audit_open, "
            "carrier_folded = excluded.carrier_folded, chapters = excluded.chapters, body = excluded.body",
            (
                key,
                routing.choice.office,
                after.lane,
                routing.choice.lane.value,
                routing.choice.score,
                routing.choice.drawn,
                routing.choice.capped,
                looked_at(after),
                was_found(after),
                routing.audit is not None and routing.audit.open,
                stamp(at),
                fold(after.papers.carrier or ""),
                f" {' '.join(chapters)} ",
                json.dumps(to_plain(routing), ensure_ascii=False, separators=(",", ":")),
            ),
        )

    # --- what came before -----------------------------------------------------------------------
    def past_lanes(self, office: str, before: int, window: int) -> PastLanes:
        """The last ``window`` consignments of an office before one, and how many of them were RED by the rules."""
        row = self._connection.one(
            "SELECT count(*), coalesce(sum(CASE WHEN chosen = 'RED' THEN 1 ELSE 0 END), 0) FROM (SELECT chosen "
            "FROM routing WHERE office = ? AND consignment_key < ? ORDER BY consignment_key DESC LIMIT ?) p",
            (office, before, window),
        )
        count, red = row or (0, 0)
        return PastLanes(int(count), int(red))

    def sender_known(self, sender: str, before: int) -> bool:
        """True when this sender had an earlier consignment here."""
        sql = "SELECT 1 FROM consignment WHERE sender_folded = ? AND key < ? LIMIT 1"
        return self._connection.one(sql, (fold(sender), before)) is not None

    def carrier_known(self, carrier: str, before: int) -> bool:
        """True when this carrier brought an earlier consignment."""
        sql = "SELECT 1 FROM routing WHERE carrier_folded = ? AND consignment_key < ? LIMIT 1"
        return self._connection.one(sql, (fold(carrier), before)) is not None

    def chapters_of_sender(self, sender: str, before: int, last: int) -> list[frozenset[str]]:
        """The tariff chapters of a sender's last earlier consignments, newest first."""
        rows = self._connection.all(
            f"SELECT r.chapters FROM {_FROM} WHERE c.sender_folded = ? AND c.key < ? ORDER BY c.key DESC LIMIT ?",  # noqa: S608 - own constant
            (fold(sender), before, last),
        )
        return [frozenset(str(chapters).split()) for (chapters,) in rows]

    def clean_in_a_row(self, sender: str, before: int, last: int) -> int:
        """How many of a sender's last earlier consignments went through without anything found, counted backwards."""
        rows = self._connection.all(
            f"SELECT c.stage, r.found FROM {_FROM} WHERE c.sender_folded = ? AND c.key < ? ORDER BY c.key DESC LIMIT ?",  # noqa: S608
            (fold(sender), before, last),
        )
        clean = 0
        for stage, found in rows:
            if found or STAGE_OF[int(stage)] not in _GONE:
                break
            clean += 1
        return clean

    def found_with(
        self, before: int, since: datetime, *, sender: str, consignee: str, carrier: str | None
    ) -> str | None:
        """The newest earlier consignment in which something was found and which shares a party; None without one."""
        rows = self._connection.all(
            f"SELECT c.ref, c.sender_folded, c.consignee, r.carrier_folded FROM {_FROM} "  # noqa: S608
            "WHERE r.found = ? AND r.first_at >= ? AND c.key < ? ORDER BY c.key DESC LIMIT 2000",
            (True, stamp(since), before),
        )
        for ref, of_sender, of_consignee, of_carrier in rows:
            same = of_sender == fold(sender) or fold(of_consignee) == fold(consignee)
            if same or (carrier and of_carrier == fold(carrier)):
                return str(ref)
        return None

    def found_on(self, plates: frozenset[str], before: int, since: datetime) -> str | None:
        """An earlier consignment that was on one of these vehicles and in which something was found."""
        for plate in sorted(plates):
            row = self._connection.one(
                f"SELECT c.ref FROM {_FROM} JOIN aboard a ON a.consignment_ref = c.ref "  # noqa: S608
                "JOIN visit v ON v.key = a.visit_key WHERE v.plate = ? AND r.found = ? AND r.first_at >= ? "
                "AND c.key < ? ORDER BY c.key DESC LIMIT 1",
                (plate, True, stamp(since), before),
            )
            if row is not None:
                return str(row[0])
        return None

    # --- desks and reports ----------------------------------------------------------------------
    def between(
        self, start: datetime, end: datetime, office: str = "", limit: int = 100_000
    ) -> Iterator[Routed]:
        """Consignments whose lane was first chosen in a span of time (``end`` not included), oldest first."""
        among, more = ("AND r.office = ?", (office,)) if office else ("", ())
        rows = self._connection.all(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE r.first_at >= ? AND r.first_at < ? {among} "  # noqa: S608
            "ORDER BY r.first_at, r.consignment_key LIMIT ?",
            (stamp(start), stamp(end), *more, limit),
        )
        return (_routed(row) for row in rows)

    def audits_open(self, limit: int = 500) -> list[Routed]:
        """Consignments with an open audit, oldest first."""
        rows = self._connection.all(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE r.audit_open = ? ORDER BY r.consignment_key LIMIT ?",  # noqa: S608
            (True, limit),
        )
        return [_routed(row) for row in rows]

    def at_desk(self, lane: Lane | None = None, limit: int = 200) -> list[Routed]:
        """Consignments under way whose lane was chosen, newest first; those of one lane when asked."""
        over = [
            STAGE_NUMBER[stage]
            for stage in (*_GONE, Stage.REJECTED, Stage.SEIZED, Stage.DESTROYED, Stage.LOST)
        ]
        marks = ", ".join("?" * len(over))
        among, more = ("AND r.lane = ?", (lane.value,)) if lane is not None else ("", ())
        rows = self._connection.all(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE c.stage NOT IN ({marks}) {among} "  # noqa: S608
            "ORDER BY r.consignment_key DESC LIMIT ?",
            (*over, *more, limit),
        )
        return [_routed(row) for row in rows]
