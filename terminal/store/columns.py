"""What of a snapshot stands in columns of its own, for boards, search and lookups."""

from __future__ import annotations

from terminal.store import snapshots
from terminal.store.codes import STAGE_NUMBER, fold
from terminal.store.journal import stamp
from workflows.state import Consignment, Visit


def consignment_columns(value: Consignment) -> tuple[object, ...]:
    """stage, since, lane, open_holds."""
    open_holds = sum(1 for hold in value.holds if hold.open)
    return STAGE_NUMBER[value.stage], stamp(value.since), value.lane, open_holds


def papers_columns(value: Consignment) -> tuple[object, ...]:
    """sender, consignee, sender_folded, search."""
    papers = value.papers
    vehicle = papers.vehicle
    words = (
        value.ref,
        papers.sender,
        papers.consignee,
        papers.notify,
        papers.donor,
        papers.carrier,
        papers.container,
        papers.seal,
        vehicle and vehicle.plate,
        vehicle and vehicle.trailer,
    )
    search = fold(" ".join(word for word in words if word))
    return papers.sender, papers.consignee, fold(papers.sender), search


def visit_columns(value: Visit) -> tuple[object, ...]:
    """stage, since, mode, plate, expected_plate, trailer, point, state."""
    return (
        STAGE_NUMBER[value.stage],
        stamp(value.since),
        value.mode,
        value.plate,
        value.expected_plate,
        value.trailer,
        value.point,
        snapshots.dump(value),
    )


def aboard(value: Visit | None) -> dict[str, int]:
    """Consignments on a vehicle now, with the number of units loaded here."""
    if value is None:
        return {}
    return {ref: value.loaded.get(ref, 0) for ref in value.aboard}
