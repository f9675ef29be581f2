"""What the desks do in the demo's morning; see :mod:`terminal.demo.morning`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from terminal.cases import (
    announcing,
    counting,
    equipping,
    profiles,
    scans,
    seizing,
    shifts,
    tares,
    watching,
)
from terminal.demo.morning import EMPTY_KG, Morning
from terminal.store import Books
from workflows.announce_state import Needs, Organisation, SentFile
from workflows.equipment_state import Equipment, EquipmentKind
from workflows.profiles import Criteria, Profile
from workflows.seizure_state import Commodity, Concealment, Handling, Seized
from workflows.shift_state import Book
from workflows.stages import Stage
from workflows.watch_list import Kind, Watched


def lists(m: Morning, books: Books) -> None:
    """Organisations that are recognised, and what goes ahead of everything."""
    for name, kind in (
        ("Agency A", "UN"),
        ("Agency B", "NGO"),
        ("Agency C", "UN"),
        ("Red Crescent", "RED_CROSS"),
    ):
        _list(m, books, Organisation(name, kind))
    until = m.today + timedelta(days=60)
    needs = Needs(("SHELTER", "MEDICINE"), "Winter, and an outbreak in the north", until)
    known = frozenset(needs.goods_types)
    m.ask(books, "robiya", lambda request: announcing.set_needs(books, needs, known, request))


def _list(m: Morning, books: Books, value: Organisation) -> None:
    m.ask(books, "admin", lambda request: announcing.list_organisation(books, value, request))


def empties(m: Morning, books: Books) -> None:
    """Tares from papers, as hauliers show them."""
    for plate, kg in (
        ("75 118 KAB", EMPTY_KG),
        ("75 331 LBA", EMPTY_KG + 40),
        ("AFG 55 0832", EMPTY_KG - 60),
    ):
        new = tares.Papers(plate, Decimal(kg), "Registration certificate")
        m.ask(books, "wali", lambda request, new=new: tares.register(books, new, request))  # type: ignore[misc]


def counts(m: Morning, books: Books) -> None:
    """A stock count that is under way, and one that is over."""

    def begin(zone: str) -> str:
        made = m.ask(books, "kamola", lambda request: counting.begin(books, zone, request))
        return str(made.facts["count"])

    over = begin("Cold store")
    m.ask(books, "kamola", lambda request: counting.close(books, over, request))
    running = begin("Warehouse 1")

    def seen(label: str, place: str | None) -> None:
        m.ask(
            books,
            "kamola",
            lambda request: counting.scan(books, running, f"00{label}", "]C1", place, request),
            minutes=1,
        )

    for unit in books.units_of("AGB-UZ-2026-0407")[:3]:
        seen(unit.label, unit.place)


def desks(m: Morning, books: Books) -> None:
    """A watched plate, a risk profile, a seizure with its chain, an instrument, a late scan, a note for the next shift."""
    room, day = m.service.room, m.today
    watched = Watched(
        Kind.PLATE, "10 999 AAA", "Asked for by the neighbour's post", "", day + timedelta(days=90)
    )
    m.ask(books, "bahrom", lambda request: watching.put(books, watched, "a letter came", request, room))
    profile = Profile(
        "P-WINTER-1",
        "Heaters and fuel in winter",
        "Risk analysis",
        "Fuel was found among heaters twice last winter.",
        day,
        day + timedelta(days=120),
        Criteria(words=("heater", "stove"), months=(11, 12, 1, 2)),
        points=20,
    )
    m.ask(books, "charos", lambda request: profiles.put(books, profile, "agreed on Monday", request, room))
    scope = Equipment(
        "scope-1", EquipmentKind.ENDOSCOPE, "Endoscope 6 mm", "Inspection hall", serial="EN-1172"
    )
    m.ask(books, "admin", lambda request: equipping.add(books, scope, request))
    facts = Seized(
        "22-01",
        "customs",
        Commodity.TOBACCO,
        "cigarettes without stamps",
        Decimal(40),
        "carton",
        concealment_place=Concealment.CABIN,
        conveyance_type="truck",
        conveyance_id="50777ZZA",
    )
    made = m.ask(
        books, "chori", lambda request: seizing.record(books, facts, Handling.LAW_ENFORCEMENT, request)
    )
    case = str(made.facts["seizure"])
    m.ask(
        books,
        "chori",
        lambda request: seizing.pass_on(
            books, case, "Store keeper", "Customs", "Evidence store", request, seal_no="EV-0091"
        ),
    )
    labels = [unit.label for unit in books.units_of("AGB-UZ-2026-0411")]
    late = m.at - timedelta(days=41)
    m.ask(
        books,
        "timur",
        lambda request: scans.take(
            books,
            scans.Scan(f"00{labels[5]}", Stage.TALLY, late),
            replace(
                request,
                body={
                    "code": f"00{labels[5]}",
                    "step": "TALLY",
                    "point": "tally-1",
                    "scanned_at": late.isoformat(),
                },
            ),
        ),
        point="tally-1",
    )
    text = "Bay B-08 drips when it rains. Nothing moist-sensitive there."
    m.ask(books, "kamola", lambda request: shifts.note(books, Book.TERMINAL, text, request))


def portal(m: Morning, books: Books) -> None:
    """Agency A announces by the portal: one submitted, with shelter goods that go ahead; one still a draft."""
    goods = announcing.typed_goods(
        [
            {
                "description": "Family tent, winterised",
                "quantity": "120",
                "unit": "pcs",
                "packages": "12",
                "gross_kg": "7200",
            },
            {
                "description": "Tarpaulin, 4 x 6 m",
                "quantity": "400",
                "unit": "pcs",
                "packages": "4",
                "gross_kg": "1900",
            },
        ]
    )
    digest = hashlib.sha256(goods).hexdigest()
    m.service.keep_file(digest, goods)
    file = SentFile("goods.csv", digest, len(goods))
    for ref, submitted in (("AGA-UZ-2026-0420", True), ("AGA-UZ-2026-0421", False)):
        _draft(m, books, ref, file, submitted=submitted)


def _draft(m: Morning, books: Books, ref: str, file: SentFile, *, submitted: bool) -> None:
    """An announcement of Agency A, submitted or not."""
    made = m.ask(books, "agency-a", lambda request: announcing.begin(books, "Agency A", request))
    name = str(made.facts["announcement"])
    facts = {
        "reference": ref,
        "mode": "ROAD",
        "consignee": "Agency A Country Office",
        "consignee_place": "AFMZR",
    }
    more = {"contact": "Logistics desk"}
    m.ask(
        books,
        "agency-a",
        lambda request: announcing.fill(books, name, facts, more, ("storage",), request),
    )
    m.ask(books, "agency-a", lambda request: announcing.add_files(books, name, [file], request))
    draft = books.announcing.announcement(name)
    if not submitted or draft is None:
        return
    reading, _ = announcing.read_again(draft, m.service.file_path)
    if reading is None:
        return
    reference = m.service.room.in_force(books).reference
    judge = m.service.judge
    m.ask(
        books,
        "agency-a",
        lambda request: announcing.submit(books, name, reading, reference, request, judge),
    )
