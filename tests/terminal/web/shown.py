"""One invented day, as view-models: what the gallery and the browser tests show on every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from terminal.web import view_models as vm
from terminal.web.demo import SimulatedDevice
from terminal.web.view_models_devices import DeviceTold, DeviceView
from terminal.web.view_models_import import ImportPreview, ImportReport, ImportRow
from workflows.handling_state import Count, CountState
from workflows.papers import DeclaredUnit, Line

NOW = datetime(2026, 11, 24, 9, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    """A signed-in person for the pages."""

    id: str
    name: str
    roles: frozenset[str]


OFFICER = Somebody("p-1", "Dilfuza Karimova", frozenset({"customs_inspector"}))
GATE = Somebody("p-2", "Otabek Rahimov", frozenset({"gate_operator", "weighbridge_operator", "tally_clerk"}))
ADMIN = Somebody("p-3", "Nargiza Yoʻldosheva", frozenset({"administrator", "auditor", "document_officer"}))


def ago(minutes: int) -> datetime:
    """So many minutes before the invented now."""
    return NOW - timedelta(minutes=minutes)


def hold(number: int = 1, **changes: Any) -> vm.HoldView:
    """A hold on consignment KV-0117 by default."""
    facts: dict[str, Any] = {
        "id": f"h-{number}",
        "subject_name": "WFP-2611-0117",
        "subject_href": "/consignments/WFP-2611-0117",
        "authority": "CUSTOMS",
        "reason": "WEIGHT_DIFF",
        "severity": "HOLD",
        "placed_by": "Dilfuza Karimova",
        "placed_at": ago(95),
        "age_minutes": 95,
        "target_minutes": 60,
        "note": "Second axle group 1 240 kg over the papers; pallets 7 to 9 to be opened.",
        "check": "WGT-02",
        "check_title": "Measured weight outside tolerance",
        "evidence": ("weighbridge ticket 26-11-24-031", "photo 4411"),
        "blocks": ("CUSTOMS_RELEASE", "RELEASE", "LOAD", "GATE_OUT"),
        "lift_roles": ("customs_inspector", "risk_officer"),
        "may_lift": True,
    }
    return vm.HoldView(**{**facts, **changes})


HOLDS = (
    hold(1),
    hold(
        2,
        reason="PRECURSOR",
        severity="BLOCK",
        authority="CUSTOMS",
        subject_name="UNH-2611-0042",
        age_minutes=1510,
        note="Line 4: acetic anhydride, 200 l.",
        may_lift=False,
    ),
    hold(
        3,
        reason="DOC_MISSING",
        authority="AFGHAN_SIDE",
        age_minutes=38,
        note="",
        proposed_by="Akmal Saidov",
        proposed_outcome="CLEARED_WAIVED",
    ),
)
VISITS = (
    vm.VisitRow(
        "V-261124-01",
        "75A123BC",
        "WEIGH_IN",
        12,
        trailer="75 4411 AA",
        target_minutes=15,
        carries=("WFP-2611-0117",),
        point="Weighbridge 1",
    ),
    vm.VisitRow(
        "V-261124-02",
        "01777AAA",
        "UNLOAD",
        246,
        target_minutes=180,
        carries=("UNH-2611-0042", "UNH-2611-0043"),
        point="Dock 4",
        holds=1,
        blocked=True,
    ),
    vm.VisitRow("V-261124-03", "KBL48291", "LOAD", 58, target_minutes=180, point="Dock 2"),
    vm.VisitRow(
        "V-261124-04",
        "24123457",
        "GATE_IN",
        4,
        mode="RAIL",
        target_minutes=30,
        carries=("WFP-2611-0121",),
        point="Rail track 2",
        holds=2,
    ),
)
STAGES = tuple(
    vm.StageCount(stage, count, late)
    for stage, count, late in (
        ("PRE_ADVICE", 41, 0), ("GATE_IN", 6, 1), ("DOC_CHECK", 12, 2), ("RISK", 5, 0), ("INSPECT", 3, 1),
        ("CUSTOMS_RELEASE", 8, 0), ("RELEASE", 17, 0), ("GATE_OUT", 22, 0), ("BORDER_EXIT", 9, 0), ("ARRIVED_AF", 31, 4), ("DELIVERED", 0, 0),
    )
)  # fmt: skip
BOARD = vm.Board(48213, NOW, 23, 11, 4, 9, 2, STAGES, VISITS, HOLDS, 6)
ROWS = (
    vm.ConsignmentRow("WFP-2611-0117", "Northern Grain Relief", "Balkh Distribution Office, Mazar-i-Sharif", "DOC_CHECK", 95, "ROAD", 120, 14, 22, Decimal("21840.500"), 1, False, "YELLOW"),
    vm.ConsignmentRow("UNH-2611-0042", "Silk Road Shelter Fund", "Kabul Winter Programme", "INSPECT", 1510, "RAIL", 240, 60, 60, Decimal(58200), 1, True, "RED"),
    vm.ConsignmentRow("UNI-2611-0009", "Children First Supply", "Hairatan Health Depot", "RELEASE", 20, "AIR", 60, 32, 32, Decimal(8110)),
)  # fmt: skip


def rail(now: str, state: str = "now") -> tuple[vm.StageStep, ...]:
    """The consignment's dots with ``now`` as the current one."""
    order = (
        "PRE_ADVICE",
        "GATE_IN",
        "DOC_CHECK",
        "RISK",
        "INSPECT",
        "CUSTOMS_RELEASE",
        "RELEASE",
        "GATE_OUT",
        "BORDER_EXIT",
        "ARRIVED_AF",
        "DELIVERED",
        "CLOSED",
    )
    at = order.index(now)
    return tuple(
        vm.StageStep(
            stage,
            "done" if index < at else state if index == at else "ahead",
            ago(600 - 40 * index) if index <= at else None,
        )
        for index, stage in enumerate(order)
    )


FINDINGS = (
    vm.FindingView(
        "WGT-02",
        "Measured weight outside tolerance",
        "HOLD",
        "vehicle",
        (
            ("Declared", "21 840,5 kg"),
            ("Measured", "23 080 kg"),
            ("Difference", "1 239,5 kg"),
            ("Allowed", "218,4 kg"),
        ),
    ),
    vm.FindingView(
        "EXP-03",
        "Food with short remaining life",
        "WARN",
        "line:3",
        (("Best before", "31.01.2027"), ("Expected arrival", "27.11.2026")),
    ),
    vm.FindingView("TMP-02", "Temperature excursion", "HOLD", "line:5", (), cannot_tell=True),
)
TIMELINE = (
    vm.TimelineEntry(
        48201, ago(12), "Hold placed", "Weight differs", "Dilfuza Karimova", "", "octagon-pause", "hold"
    ),
    vm.TimelineEntry(
        48177,
        ago(55),
        "Refused",
        "Customs release: an open hold stands in the way",
        "Akmal Saidov",
        "",
        "octagon-x",
        "stop",
    ),
    vm.TimelineEntry(
        48120,
        ago(95),
        "Step taken",
        "Gate-in → Document check",
        "Nargiza Yoʻldosheva",
        "Desk 2",
        "arrow-right",
        "go",
    ),
    vm.TimelineEntry(
        47002, ago(1700), "Consignment announced", "22 units, 21 840,5 kg", "import", "", "file-plus", "note"
    ),
)
UNITS = (
    vm.UnitView(
        "340123450000000017", "STORAGE", "Wheat flour 50 kg, fortified", "W2-B14-03", "GOOD", Decimal(1050)
    ),
    vm.UnitView("340123450000000024", "TALLY", "Wheat flour 50 kg, fortified", "", "WET", Decimal(1038)),
    vm.UnitView("340123450000000031", "PRE_ADVICE", "High-energy biscuits", "", "GOOD", None, 1),
)
CONSIGNMENT = vm.ConsignmentView(
    ref="WFP-2611-0117", stage="DOC_CHECK", mode="ROAD", sender="Northern Grain Relief", consignee="Balkh Distribution Office", rail=rail("DOC_CHECK", "held"), since=ago(95),
    consignee_place="AFMZR", donor="A friendly government", carrier="Amu Trans", driver="Rustam Ergashev", plate="75A123BC", trailer="75 4411 AA", seal="H-UZ 550-0192",
    packages=440, gross_kg=Decimal("21840.500"), net_kg=Decimal(21600), measured_kg=Decimal(23080), units_seen=14, lane="YELLOW", decision="HOLD", checked_at=ago(11),
    findings=FINDINGS,
    permissions=(
        vm.PermissionView("DOCUMENTS_COMPLETE", True, "Nargiza Yoʻldosheva", ago(80)),
        vm.PermissionView("AFGHAN_APPROVAL", False, roles=("document_officer",)),
        vm.PermissionView("CUSTOMS_RELEASE", False, dropped=True, roles=("customs_inspector",), may_grant=True),
        vm.PermissionView("TERMINAL_RELEASE", False, roles=("release_officer",)),
    ),
    documents=(
        vm.DocumentView("CMR", "verified", "UZ 0448123", date(2026, 11, 20), None, "d1", "/files/d1"),
        vm.DocumentView("PACKING_LIST", "present", "PL-117", date(2026, 11, 18), None, "d2"),
        vm.DocumentView("PHYTO", "expired", "PH 99812", date(2026, 8, 1), date(2026, 11, 1), "d3"),
        vm.DocumentView("AF_EXEMPTION", "missing"),
        vm.DocumentView("INSURANCE", "optional"),
    ),
    holds=(HOLDS[0], hold(9, lifted_by="Akmal Saidov", lifted_at=ago(30), outcome="CLEARED_CORRECTED", lift_note="New list attached.")),
    lines=(
        vm.LineView(1, "Wheat flour, fortified, 50 kg bags", "110100", Decimal(400), "BG", 400, Decimal("20400.000"), "WF-2609", "12.2027"),
        vm.LineView(2, "Disinfectant, hypochlorite", "380894", Decimal(40), "CT", 40, Decimal("1440.500"), "", "", "1791"),
    ),
    units=UNITS, visits=VISITS[:1], timeline=TIMELINE, steps=("RISK", "REJECTED"), may_hold=True, may_amend=True, may_check=True,
)  # fmt: skip
WEIGHINGS = (
    vm.WeighingView(
        ago(12),
        "GROSS",
        Decimal(38140),
        "weighbridge-1-scale",
        "Otabek Rahimov",
        subject="75A123BC",
        subject_href="/visits/V-261124-01",
    ),
    vm.WeighingView(
        ago(70),
        "TARE",
        Decimal(15060),
        "weighbridge-1-scale",
        "Otabek Rahimov",
        True,
        subject="KBL48291",
        subject_href="/visits/V-261124-03",
    ),
)
VISIT = vm.VisitView(
    id="V-261124-01", plate="75A123BC", stage="SEAL", mode="ROAD", since=ago(12), trailer="75 4411 AA", expected_plate="75A123BC", driver="Rustam Ergashev", point="Dock 2",
    rail=tuple(vm.StageStep(stage, "done" if index < 4 else "now" if index == 4 else "ahead") for index, stage in enumerate(("PRE_ADVICE", "GATE_IN", "WEIGH_IN", "LOAD", "SEAL", "WEIGH_OUT", "GATE_OUT", "BORDER_EXIT"))),
    carries=("WFP-2611-0117",), loaded={"UNI-2611-0009": 21}, loaded_kg=Decimal("8110.000"),
    seals=(vm.SealView("H-UZ 550-0192", "INTACT", "H"), vm.SealView("UZ-99121", "BROKEN", "S")),
    weighings=WEIGHINGS, holds=(HOLDS[0],), timeline=TIMELINE, steps=("GATE_IN", "SEAL", "GATE_OUT", "UNLOAD", "WEIGH_OUT"),
)  # fmt: skip
DEVICES = (
    DeviceView(
        "gate-1-scanner",
        "scanner",
        "online",
        "Gate 1",
        "line_scanner",
        "/dev/serial/by-id/usb-reader",
        ago(0),
        "340123450000000017",
        frames=1840,
        noise=3,
    ),
    DeviceView(
        "weighbridge-1-scale",
        "scale",
        "silent",
        "Weighbridge 1",
        "yaohua_a9",
        "rfc2217://10.0.0.41:4001",
        ago(14),
        "38 140 kg",
        "No frame for 14 minutes. Check the cable at the indicator.",
        date(2027, 3, 1),
        False,
        99120,
        41,
    ),
    DeviceView("gate-2-handheld", "handheld", "live", "Gate 2", last_seen=ago(1)),
    DeviceView(
        "dock-2-scale",
        "scale",
        "trouble",
        "Dock 2",
        "mt_sics",
        "COM4",
        ago(1),
        "OL",
        "Overload: take the load off the platform.",
        date(2026, 6, 1),
        True,
        1200,
    ),
)
REPORTS = (
    ImportReport("packing list 0117.xlsx", 22, 2, 20, (
        ImportRow(14, "SSCC", "34012345000000001", "HOLD", "The SSCC has 17 digits: the spreadsheet dropped a leading zero or rounded it. Format the column as text and type it again."),
        ImportRow(None, "Gross weight", "21 480,5", "WARN", "The lines add up to 21 840,5 kg, the total row says 21 480,5 kg."),
    )),
)  # fmt: skip
COUNT = Count("0198", "Hall B", ("B-07", "B-08"), CountState.OPEN, "p-1", NOW)
LOOK = ImportPreview(
    "0198", "WFP-2611-0117", "ready", "World Food Programme", "WFP Country Office Kabul", "AFMZR", "ROAD", "75 123 DDA / 75 4410 AB", "", 6,
    440, Decimal("21840.5"), 22, 20,
    (Line(1, "Wheat flour, fortified, 50 kg bags", hs_code="110100", packages=400, gross_kg=Decimal(20200)),
     Line(2, "چادر خانوادگی", hs_code="630622", packages=40, gross_kg=Decimal("1640.5"), batch="TN-7")),
    (DeclaredUnit(1, "340123450000000017", "Wheat flour", gross_kg=Decimal(1010)), DeclaredUnit(2, None, "Tents")),
    2,
)  # fmt: skip
PEOPLE = (
    vm.PersonView("p-1", "Dilfuza Karimova", "d.karimova", ("customs_inspector",), "", True, ago(3)),
    vm.PersonView(
        "p-7", "Zarina Holmatova", "z.holmatova", ("agency_user",), "Northern Grain Relief", False, ago(9000)
    ),
)
GATES = (("gate-1", "Gate 1"), ("gate-2", "Gate 2"))
GATE_EMPTY = vm.Gate("gate-1", "Gate 1", GATES, 48213, leaving_rows=VISITS[2:3], expected_rows=VISITS[:2])
GATE_UNKNOWN = vm.Gate("gate-1", "Gate 1", GATES, 48213, asked="75X999ZZ", read="75A123BC")
LOADING = vm.Station("dock-2", "Dock 2", "LOAD", ("LOAD", "UNLOAD"), 48213, VISITS[2:3], "V-261124-03")
STORAGE = vm.Station("warehouse-2", "Warehouse 2", "STORAGE", ("STORAGE", "PICK"), 48213)
TALLY = vm.Station("dock-4", "Dock 4", "TALLY", ("TALLY",), 48213, VISITS[1:2])
WEIGHBRIDGE = vm.Weighbridge(
    "weighbridge-1",
    "Weighbridge 1",
    "weighbridge-1-scale",
    Decimal(60000),
    Decimal(20),
    date(2027, 3, 1),
    VISITS[:3],
    WEIGHINGS,
)
REFUSAL = vm.Answer(
    "refused",
    "The vehicle may not leave: the customs release is missing.",
    ("Ask the customs inspector on duty.", "Send the vehicle back to parking row 2."),
    "75A123BC",
)
REVIEW = (
    vm.ReviewItem("11", "This scan arrived 41 days after it was made.", "340123450000000017", "TALLY", "dock-4", ago(60000), ago(5), "gate-2-handheld", (("Step", "Storage"), ("Place", "W2-B14-03"))),
)  # fmt: skip
SIMULATED = (
    SimulatedDevice("weighbridge-1", "scale", "yaohua_a9", "Weighbridge", True, "look", "Moves", "24,380", "kg", (("On it", "24,360 kg"), ("Wind", "90 kg"), ("Frames sent", "9,214")), "bad", "12000"),
    SimulatedDevice("pallet-scale-1", "scale", "mt_sics", "Pallet scale", True, "stop", "Overloaded", "–––", "kg", (("On it", "1,700 kg"),), "none", "640"),
    SimulatedDevice("gate-1-scanner", "scanner", "scan_text", "Gate 1", True, "go", "Ready", "00340123450000000017", "", (("Frames sent", "3"),), "none", "12.5"),
    SimulatedDevice("gate-1-camera", "camera", "", "Gate 1", False, "stop", "Unplugged", "", "", (("Frames sent", "0"),), "silent", "12.5"),
)  # fmt: skip
TOLD = (
    DeviceTold(
        412,
        ago(3),
        "Seal read",
        "HUZ5500192 tampered 80",
        concerns=(("V-260811-1", "/visits/V-260811-1"),),
        figures=(("battery", "80"), ("seal", "HUZ5500192"), ("state", "tampered")),
        raw="48 55 5A 35 35 30 30 31 39 32",
    ),
    DeviceTold(408, ago(5), "Lamp or barrier", "Stop", fault="The board did not answer in time."),
)
_FORM: dict[str, Any] = {"answer": None, "form": {}, "errors": {}}
_COMES: dict[str, Any] = {**_FORM, "sessions": (), "factors": 1, "badge": True}

#: page name -> (template, who looks, path, context)
PAGES: Mapping[str, tuple[str, Somebody | None, str, Mapping[str, Any]]] = {
    "demo": ("demo.html", GATE, "/demo", {"answer": None, "steps": ({"title": "A truck arrives.", "who": "Otabek Rahimov", "done": True}, {"title": "It is weighed.", "who": "Otabek Rahimov", "done": False}), "simulated": SIMULATED, "lines": (("none", "Clean"), ("bad", "Bad")), "labels": ("340123450000000017",)}),
    "sign-in": ("sign_in.html", None, "/sign-in", {"answer": None, "next": "/", "login": "", "demo_people": PEOPLE}),
    "set-password": ("set_password.html", None, "/setup/x", {**_FORM, "name": "", "login": "", "errors": {"again": "The two passwords differ. Type the same one twice."}}),
    "board": ("board.html", OFFICER, "/", {"board": BOARD}),
    "consignments": ("consignments.html", OFFICER, "/consignments", {"rows": ROWS, "next_after": "x", "may_announce": True, "outside": False}),
    "consignments-none": ("consignments.html", OFFICER, "/consignments", {"rows": (), "next_after": "", "may_announce": False, "outside": True}),
    "consignment": ("consignment.html", OFFICER, "/consignments/WFP-2611-0117", {"c": CONSIGNMENT, "seq": 48213, "answer": REFUSAL}),
    "hold-block": ("hold.html", OFFICER, "/holds/h-2", {**_FORM, "hold": HOLDS[1], "findings": ()}),
    "visits": ("visits.html", GATE, "/visits", {"rows": VISITS, "seq": 1, "may_announce": True}),
    "visit-new": ("visit_new.html", ADMIN, "/visits/new", {**_FORM, "errors": {"plate": "Write the plate as it stands on the vehicle."}}),
    "visit": ("visit.html", GATE, "/visits/V-261124-01", {**_FORM, "v": VISIT, "seq": 1}),
    "gate": ("gate.html", GATE, "/gate", {"g": GATE_EMPTY, "answer": None}),
    "gate-unknown": ("gate.html", GATE, "/gate", {"g": GATE_UNKNOWN, "answer": None}),
    "gate-in": ("gate.html", GATE, "/gate", {"g": replace(GATE_EMPTY, visit=VISIT, step="GATE_IN", aboard=("WFP-2611-0117",)), "answer": None}),
    "gate-out": ("gate.html", GATE, "/gate", {"g": replace(GATE_EMPTY, visit=VISIT, step="GATE_OUT", leaving=True, aboard=("UNI-2611-0009",), holds=1), "answer": REFUSAL}),
    "gate-go": ("gate.html", GATE, "/gate", {"g": GATE_EMPTY, "answer": vm.Answer("accepted", "Gate-out: recorded.", (), "75A123BC")}),
    "gate-again": ("gate.html", GATE, "/gate", {"g": GATE_EMPTY, "answer": vm.Answer("already_done", "Gate-out: done before. Nothing changed.", (), "75A123BC")}),
    "gate-look": ("gate.html", GATE, "/gate", {"g": GATE_EMPTY, "answer": vm.Answer("attention", "This scan came too late to be applied by itself.", ("It is kept.",), "75A123BC")}),
    "load": ("station.html", GATE, "/load", {"s": LOADING}),
    "storage": ("station.html", GATE, "/storage", {"s": STORAGE}),
    "tally": ("station.html", GATE, "/tally", {"s": TALLY}),
    "weighbridge": ("weighbridge.html", GATE, "/weighbridge", {"w": WEIGHBRIDGE, "points": (("weighbridge-1", "Weighbridge 1"),), "answer": None, "phases": {"other": "Out of range"}, "may_type": True, "errors": {}}),
    "devices": ("devices.html", ADMIN, "/devices", {"devices": DEVICES, "seq": 1, "answer": None, "may_manage": True}),
    "device": ("device.html", ADMIN, "/devices/portal-1", {"d": DEVICES[0], "readings": TOLD, "older": 12, "seq": 1, "answer": None}),
    "enrolling": ("enrolling.html", None, "/enrol/4f1c", {"token": "", "device": "", "point": "", "code": "4f1c", "server": "https://terminal.example", "answer": None}),
    "enrolled": ("enrolling.html", None, "/enrol/4f1c", {"token": "krv_4f1c0a", "device": "gate-2-handheld", "point": "Gate 2", "code": "", "server": "https://terminal.example", "answer": None}),
    "enrol": ("enrol.html", ADMIN, "/devices/enrol", {**_FORM, "qr": "", "points": (("gate-1", "Gate 1"), ("dock-2", "Dock 2"))}),
    "enrol-code": ("enrol.html", ADMIN, "/devices/enrol", {**_FORM, "qr": Markup('<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="QR" viewBox="0 0 3 3" width="200" height="200"><path d="M0 0h1v1H0zM2 0h1v1H2zM1 1h1v1H1zM0 2h1v1H0z"/></svg>'), "link": "https://terminal.example/enrol/4f1c", "until": NOW, "device": "gate-2-handheld", "points": ()}),
    "count": ("count.html", GATE, "/counts/0198", {"answer": None, "c": COUNT, "place": "", "people": "", "reviewer": "", "may_count": True, "may_review": False, "settlements": {}, "last": ()}),
    "import": ("import.html", ADMIN, "/import", {"answer": None}),
    "import-look": ("import_preview.html", ADMIN, "/import/0198", {"answer": None, "p": LOOK, "reports": REPORTS, "findings": FINDINGS}),
    "people": ("people.html", ADMIN, "/people", {"people": PEOPLE, "answer": None}),
    "person": ("person.html", ADMIN, "/people/p-7", {**_COMES, "p": PEOPLE[1], "link": "https://terminal.example/setup/77", "until": NOW}),
    "person-new": ("person.html", ADMIN, "/people/new", {**_COMES, "p": None, "link": "", "errors": {"login": "This user name is taken."}}),
    "review": ("review.html", ADMIN, "/review", {"items": REVIEW, "answer": None}),
    "review-none": ("review.html", ADMIN, "/review", {"items": (), "answer": None}),
    "journal": ("journal.html", ADMIN, "/journal", {"entries": TIMELINE, "older": "47000"}),
    "not-found": ("error.html", OFFICER, "/nothing", {"tone": "note", "icon_name": "search", "heading": "Not here", "sentence": "There is no page at this address.", "code": "NOT_FOUND", "ways": (("/", "To the board"),)}),
    "expired": ("error.html", None, "/", {"tone": "look", "icon_name": "clock", "heading": "You were signed out", "sentence": "Twelve hours passed.", "code": "", "ways": (("/sign-in", "Sign in"),)}),
}  # fmt: skip
