"""What the terminal remembers of sender, carrier, vehicle and papers: the risk indicators that rest on earlier movements.

Asked in the transaction that records the judgement, and of what came before the consignment only, so that judging it
again (or replaying it years later) finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from terminal.store import journal
from terminal.store.reader import Reader
from workflows.checks.case import PastLanes
from workflows.customs_offices import Office
from workflows.identifiers import normalise_plate
from workflows.state import Consignment, Visit

#: pre-advice later than this before arrival is none (R04)
NOTICE = timedelta(hours=4)
#: how long an earlier finding is remembered (R18, R22): 24 months
REMEMBERED = timedelta(days=731)
#: so many consignments of a sender are looked at to tell what is usual (R11); fewer than the least tell nothing
USUAL, USUAL_LEAST = 50, 5
#: clean consignments in a row that make a sender trusted (R28)
TRUSTED = 20
#: corrections of the papers that count (R27)
CORRECTIONS = 3


def indicators_of(
    reader: Reader, consignment: Consignment, visits: Sequence[Visit], at: datetime
) -> dict[str, str]:
    """R01, R02, R04, R11, R18, R22, R27 and R28 as far as they hold: indicator -> what it rests on.

    ``visits`` are those of the vehicles that brought the goods.
    """
    key = reader.routing.key_of(consignment.ref)
    if key is None:
        return {}
    papers, rows, found = consignment.papers, reader.routing, dict[str, str]()
    if not rows.sender_known(papers.sender, key):
        found["R01"] = papers.sender
    if papers.carrier and not rows.carrier_known(papers.carrier, key):
        found["R02"] = papers.carrier
    if (late := _late_notice(reader, consignment, visits)) is not None:
        found["R04"] = late
    if (unusual := _unusual(reader, consignment, key)) is not None:
        found["R11"] = unusual
    since = at - REMEMBERED
    plates = _plates(consignment, visits)
    if (earlier := rows.found_on(plates, key, since)) is not None:
        found["R18"] = f"consignment:{earlier}"
    party = rows.found_with(
        key, since, sender=papers.sender, consignee=papers.consignee, carrier=papers.carrier
    )
    if party is not None:
        found["R22"] = f"consignment:{party}"
    head = reader.last_seq(f"consignment:{consignment.ref}")
    amended = journal.chain_of(reader.connection, head, ("ConsignmentAmended",))
    if len(amended) >= CORRECTIONS:
        found["R27"] = f"amended:{len(amended)}"
    if rows.clean_in_a_row(papers.sender, key, TRUSTED) >= TRUSTED:
        found["R28"] = papers.sender
    return found


def past_lanes(reader: Reader, consignment: Consignment, office: Office) -> PastLanes | None:
    """How many of the office's last consignments were RED, for its cap."""
    key = reader.routing.key_of(consignment.ref)
    return None if key is None else reader.routing.past_lanes(office.code, key, office.window)


def _late_notice(reader: Reader, consignment: Consignment, visits: Sequence[Visit]) -> str | None:
    entered = [
        entry.at
        for visit in visits
        for entry in journal.chain_of(
            reader.connection, reader.last_seq(f"visit:{visit.id}"), ("VisitEntered",)
        )
    ]
    if not entered:
        return None
    subject = f"consignment:{consignment.ref}"
    announced = journal.chain_of(reader.connection, reader.last_seq(subject), ("ConsignmentAnnounced",))
    if not announced or min(entered) - announced[-1].at >= NOTICE:
        return None
    return f"arrival:{min(entered).isoformat()}"


def _unusual(reader: Reader, consignment: Consignment, key: int) -> str | None:
    earlier = reader.routing.chapters_of_sender(consignment.papers.sender, key, USUAL)
    if len(earlier) < USUAL_LEAST:
        return None
    usual = frozenset().union(*earlier)
    new = sorted({line.hs_code[:2] for line in consignment.papers.lines if line.hs_code} - usual)
    return f"chapter:{new[0]}" if new else None


def _plates(consignment: Consignment, visits: Sequence[Visit]) -> frozenset[str]:
    vehicle = consignment.papers.vehicle
    declared = (vehicle.plate, vehicle.trailer) if vehicle is not None else ()
    seen = (plate for visit in visits for plate in (visit.plate, visit.trailer))
    return frozenset(normalise_plate(plate) for plate in (*declared, *seen) if plate)
