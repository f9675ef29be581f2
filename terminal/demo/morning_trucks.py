"""Trucks and wagons of the demo's morning; see :mod:`terminal.demo.morning`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from terminal.cases import (
    arriving,
    axles,
    consignments,
    handover,
    holding,
    inspecting,
    passes,
    rail,
    scans,
    tallying,
    visits,
)
from terminal.cases.answers import Answer
from terminal.cases.once import Request
from terminal.demo.morning import EMPTY_KG, Morning
from terminal.store import Books
from workflows.handover import LIFETIME, Statement
from workflows.handover_state import Found, Receipt, ShortFor, Via
from workflows.inspection_state import Method, Result
from workflows.papers import Papers
from workflows.rail import NewCut, Wagon
from workflows.stages import Stage
from workflows.state import Authority, HoldReason, Seal

COUNTED = "Counted twice, everything is there."


def _announce(m: Morning, books: Books, papers: Papers) -> list[str]:
    """Take a consignment in; its labels."""
    judge = m.service.judge
    m.ask(
        books,
        "dilnoza",
        lambda request: consignments.announce(books, papers, request, judge, "demo"),
        minutes=1,
    )
    return [line.sscc for line in papers.lines if line.sscc]


def _desk(m: Morning, books: Books, ref: str, *steps: tuple[str, Stage]) -> None:
    judge = m.service.judge
    for login, step in steps:

        def work(request: Request, step: Stage = step) -> Answer:
            return consignments.step(books, ref, step, "", request, judge)

        m.ask(books, login, work)


def _scan(m: Morning, books: Books, login: str, label: str, step: Stage, point: str, **more: str) -> None:
    def work(request: Request) -> Answer:
        scan = scans.Scan(f"00{label}", step, request.at, "]C1", **more)  # type: ignore[arg-type]
        return scans.take(books, scan, request)

    m.ask(books, login, work, point=point, minutes=1)


def _bring(m: Morning, books: Books, papers: Papers, visit: str) -> list[str]:
    """A loaded truck, in and weighed, its papers looked at and screened."""
    assert papers.vehicle is not None
    assert papers.vehicle.plate is not None
    labels = _announce(m, books, papers)
    m.expect(books, papers.vehicle.plate, visit, (papers.reference,))
    m.enter(books, visit, papers.vehicle.plate, papers.seal or "")
    m.weigh(books, visit, EMPTY_KG + int(papers.declared.gross_kg or 0) + 20)
    _desk(m, books, papers.reference, ("dilnoza", Stage.DOC_CHECK))
    approval = next((paper for paper in papers.documents if paper.type == "AF_EXEMPTION"), None)
    if approval is not None:
        seen, judge = replace(approval, verified=True), m.service.judge
        m.ask(
            books,
            "dilnoza",
            lambda request: consignments.put_document(books, papers.reference, seen, "seen", request, judge),
        )
    _desk(m, books, papers.reference, ("charos", Stage.RISK))
    return labels


def _open(m: Morning, books: Books, visit: str, labels: list[str], **more: str) -> None:
    """The truck is opened at the warehouse and these units are counted in."""
    m.vehicle(books, "kamola", visit, visits.VisitStep(Stage.UNLOAD), "storage-1")
    for label in labels:
        _scan(m, books, "timur", label, Stage.TALLY, "pallet-scale-1", **more)


def _empty(m: Morning, books: Books, visit: str) -> None:
    m.vehicle(books, "kamola", visit, visits.VisitStep(Stage.UNLOAD, note="empty"), "storage-1")
    m.weigh(books, visit, EMPTY_KG)


def _drive_off(m: Morning, books: Books, visit: str, plate: str, kg: int = EMPTY_KG) -> None:
    """An emptied truck is weighed out and leaves."""
    m.weigh(books, visit, kg, Stage.WEIGH_OUT)
    m.vehicle(books, "gulnora", visit, visits.VisitStep(Stage.GATE_OUT, plate), "gate-2")


def _store(m: Morning, books: Books, labels: list[str], places: list[str]) -> None:
    for number, label in enumerate(labels):
        _scan(m, books, "kamola", label, Stage.STORAGE, "storage-1", place=places[number % len(places)])


def _release(m: Morning, books: Books, ref: str) -> None:
    _desk(m, books, ref, ("chori", Stage.CUSTOMS_RELEASE), ("robiya", Stage.RELEASE))


def _leave(m: Morning, books: Books, labels: list[str], visit: str, plate: str, kg: int) -> None:
    """An empty truck comes, takes these units, is sealed, weighed and let out."""
    m.expect(books, plate, visit)
    m.enter(books, visit, plate)
    m.weigh(books, visit, EMPTY_KG)
    m.vehicle(books, "kamola", visit, visits.VisitStep(Stage.LOAD), "platform-2")
    for label in labels:
        _scan(m, books, "kamola", label, Stage.LOAD, "platform-2", visit=visit)
    seal = (Seal(f"UZ08{plate[-6:-2]}{kg % 100:02d}", cls="H"),)
    m.vehicle(books, "chori", visit, visits.VisitStep(Stage.SEAL, seals=seal), "platform-2")
    m.weigh(books, visit, EMPTY_KG + kg + 20, Stage.WEIGH_OUT)
    m.vehicle(books, "gulnora", visit, visits.VisitStep(Stage.GATE_OUT, plate, seals=seal), "gate-2")


def _kg(m: Morning, books: Books, labels: list[str]) -> int:
    return int(
        sum((unit.gross_kg or Decimal(0) for label in labels if (unit := books.unit(label))), Decimal(0))
    )


# --- the parts ------------------------------------------------------------------------------------------
def delivered(m: Morning, books: Books) -> None:
    """A load that came, was stored, released, taken over the bridge and handed over, one pallet short."""
    ref = "AGA-UZ-2026-0398"
    with m.earlier(hours=20):
        labels = _bring(m, books, m.load(ref, 6, "75 118 KAB"), "V-DEMO-2")
        _open(m, books, "V-DEMO-2", labels)
        _empty(m, books, "V-DEMO-2")
        _drive_off(m, books, "V-DEMO-2", "75 118 KAB")
        _store(m, books, labels, ["A-01"])
        _release(m, books, ref)
        _leave(m, books, labels, "V-DEMO-3", "AFG 48 2917", _kg(m, books, labels))
        m.ask(books, "robiya", lambda request: handover.issue(books, "V-DEMO-3", LIFETIME, request))
        for step in (Stage.BORDER_EXIT, Stage.ARRIVED_AF):
            m.vehicle(books, "bahrom", "V-DEMO-3", visits.VisitStep(step), "gate-2")
        visit = books.visit("V-DEMO-3")
        assert visit is not None
        code = visit.links[-1].code
        receipts = (Receipt(labels[0], Found.SHORT, ShortFor.LOST_ON_WAY, note="fell off at the ramp"),)
        said = Statement(Via.PAPER, "Gul Agha", receipts, note="signed sheet", place="Hairatan")
        m.ask(
            books,
            "dilnoza",
            lambda request: handover.by_sheet(books, code, said, request, rest_received=True),
        )


def overdue(m: Morning, books: Books) -> None:
    """A load that left two days ago and of which nothing was heard."""
    with m.earlier(hours=48):
        labels = _bring(m, books, m.load("AGA-UZ-2026-0391", 4, "75 204 MBA"), "V-DEMO-4")
        _open(m, books, "V-DEMO-4", labels)
        _empty(m, books, "V-DEMO-4")
        _drive_off(m, books, "V-DEMO-4", "75 204 MBA")
        _release(m, books, "AGA-UZ-2026-0391")
        _leave(m, books, labels, "V-DEMO-5", "AFG 31 5520", _kg(m, books, labels))
        m.ask(books, "robiya", lambda request: handover.issue(books, "V-DEMO-5", LIFETIME, request))
        m.vehicle(books, "bahrom", "V-DEMO-5", visits.VisitStep(Stage.BORDER_EXIT), "gate-2")


def gone(m: Morning, books: Books) -> None:
    """Three trucks of the morning that came loaded and went empty, their goods stored or on the way already."""
    for number, (ref, plate, sender, what) in enumerate(
        (
            ("AGA-UZ-2026-0405", "75 331 LBA", "Agency A", "Tarpaulin, 4 x 6 m"),
            ("AGB-UZ-2026-0407", "01 772 RKA", "Agency B", "Blanket, high thermal"),
            ("AGC-UZ-2026-0409", "40 518 TBA", "Agency C", "Solar lamp with phone charger"),
        )
    ):
        visit = f"V-DEMO-{6 + number}"
        labels = _bring(m, books, m.load(ref, 6 + number, plate, sender=sender, what=what), visit)
        _open(m, books, visit, labels)
        _empty(m, books, visit)
        _drive_off(m, books, visit, plate, EMPTY_KG + 40 * number)
        _store(m, books, labels, [["A-01", "A-02"], ["A-03", "B-01"], ["B-02", "B-07"]][number])
        m.ask(books, "timur", lambda request, ref=ref: tallying.close(books, ref, {}, COUNTED, request))  # type: ignore[misc]
        m.at -= timedelta(minutes=25)


def on_the_way(m: Morning, books: Books) -> None:
    """One of those loads is released and leaves on an Afghan truck; its receiver has a link."""
    labels = [unit.label for unit in books.units_of("AGC-UZ-2026-0409")]
    _release(m, books, "AGC-UZ-2026-0409")
    _leave(m, books, labels, "V-DEMO-9", "AFG 55 0832", _kg(m, books, labels))
    m.ask(books, "robiya", lambda request: handover.issue(books, "V-DEMO-9", LIFETIME, request))
    m.vehicle(books, "bahrom", "V-DEMO-9", visits.VisitStep(Stage.BORDER_EXIT), "gate-2")


def picking(m: Morning, books: Books) -> None:
    """Another one is released and half of it is picked."""
    _release(m, books, "AGA-UZ-2026-0405")
    labels = [unit.label for unit in books.units_of("AGA-UZ-2026-0405")]
    for label in labels[:3]:
        _scan(m, books, "kamola", label, Stage.PICK, "storage-1", place="Y-01")


def unloading(m: Morning, books: Books) -> None:
    """A truck at the warehouse, half unloaded, one pallet wet."""
    papers = m.load(
        "AGB-UZ-2026-0411", 8, "75 640 OBA", sender="Agency B", what="Kitchen set, family of five"
    )
    labels = _bring(m, books, papers, "V-DEMO-10")
    _open(m, books, "V-DEMO-10", labels[:4])
    _scan(
        m,
        books,
        "timur",
        labels[4],
        Stage.TALLY,
        "pallet-scale-1",
        condition="WET",
        note="the tarpaulin is torn",
    )
    _store(m, books, labels[:2], ["B-08"])


def waiting(m: Morning, books: Books) -> None:
    """Trucks in the queue: one weighed axle by axle, one nobody announced, one expected later, one held by customs."""
    papers = m.load("AGC-UZ-2026-0413", 5, "30 915 UBA", sender="Agency C", what="Hygiene kit")
    _announce(m, books, papers)
    m.expect(books, "30 915 UBA", "V-DEMO-11", (papers.reference,))
    m.enter(books, "V-DEMO-11", "30 915 UBA", papers.seal or "")
    whole = EMPTY_KG + int(papers.declared.gross_kg or 0)
    for share in (25, 40, 35):
        weight = m.weight(whole * share // 100 // 20 * 20)
        m.ask(
            books,
            "wali",
            lambda request, weight=weight: axles.weigh(  # type: ignore[misc]
                books, "V-DEMO-11", "1-2-3", replace(weight, operator=request.who.id), request
            ),
            point="weighbridge-1",
        )
    m.weigh(books, "V-DEMO-11", whole)
    held = m.load("AGD-UZ-2026-0414", 3, "85 207 XBA", sender="Agency D", what="Water purification tablets")
    _bring(m, books, held, "V-DEMO-12")
    placing = holding.Placing(
        f"consignment:{held.reference}",
        Authority.CUSTOMS,
        HoldReason.SEAL,
        "The seal number on the waybill has a digit more.",
    )
    m.ask(books, "chori", lambda request: holding.place(books, placing, request))
    order = inspecting.Ordering(
        f"consignment:{held.reference}", Method.COUNT, "The lane, and the seal", ("DOORS",)
    )
    made = m.ask(books, "chori", lambda request: inspecting.order(books, order, request))
    m.ask(
        books, "chori", lambda request: inspecting.start(books, str(made.facts["inspection"]), None, request)
    )
    looked = inspecting.Ordering("visit:V-DEMO-10", Method.VISUAL, "Random", ("CABIN",))
    done = m.ask(books, "chori", lambda request: inspecting.order(books, looked, request))
    said = inspecting.Outcomes(Result.NO_FINDING, note="Nothing but the driver's lunch.", minutes=12)
    m.ask(
        books,
        "chori",
        lambda request: inspecting.take_result(
            books, str(done.facts["inspection"]), said, request, m.service.judge
        ),
    )
    stranger = visits.NewVisit("50 777 ZZA", unannounced=True)
    entering = visits.VisitStep(Stage.GATE_IN, "50 777 ZZA")
    m.ask(
        books,
        "gulnora",
        lambda request: arriving.arrive(books, stranger, entering, request, m.service.judge),
        point="gate-2",
    )


def cut(m: Morning, books: Books) -> None:
    """A cut of wagons: two stand on the track, one is still expected."""
    numbers = ("24123408", "24123416", "24123424")
    wagons = tuple(Wagon(number, (), Decimal(22_400), Decimal(60_000)) for number in numbers)
    new = NewCut("C-DEMO-1", "2441", wagons)
    m.ask(books, "gulnora", lambda request: rail.announce(books, new, (), request))
    m.ask(
        books,
        "gulnora",
        lambda request: rail.arrive(books, "C-DEMO-1", numbers[:2], False, request, m.service.judge),
        point="gate-2",
    )


def gate_pass(m: Morning, books: Books) -> None:
    """A truck that stands sealed and weighed at the gate, its pass in the driver's hand."""
    papers = m.load("AGA-UZ-2026-0416", 4, "75 902 EBA", what="Plastic jerrycan, 10 l")
    labels = _bring(m, books, papers, "V-DEMO-13")
    _open(m, books, "V-DEMO-13", labels)
    _empty(m, books, "V-DEMO-13")
    _release(m, books, papers.reference)
    m.vehicle(books, "kamola", "V-DEMO-13", visits.VisitStep(Stage.LOAD), "platform-2")
    for label in labels:
        _scan(m, books, "kamola", label, Stage.LOAD, "platform-2", visit="V-DEMO-13")
    seals = (Seal("UZ0955120", cls="H"),)
    m.vehicle(books, "chori", "V-DEMO-13", visits.VisitStep(Stage.SEAL, seals=seals), "platform-2")
    m.weigh(books, "V-DEMO-13", EMPTY_KG + _kg(m, books, labels) + 20, Stage.WEIGH_OUT)
    key = m.service.keys.current(m.service.clock())
    m.ask(books, "robiya", lambda request: passes.issue(books, "V-DEMO-13", request, key))
