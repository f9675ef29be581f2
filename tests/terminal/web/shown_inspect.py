"""The invented day of the inspectors: their queue, an order, the inventory, seizures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from terminal.cases.inspecting import DeclaredLine
from terminal.web.view_models_inspect import (
    CustodyView,
    EquipmentRow,
    InspectionView,
    MethodQueue,
    OrderRow,
    SeizureRow,
    SeizureView,
    Tool,
)
from tests.terminal.web.shown import CONSIGNMENT, OFFICER, VISIT, Somebody, ago
from workflows.inspection_state import TEMPLATES

_WFP = ("WFP-2611-0117", "/consignments/WFP-2611-0117")
ORDERS = (
    OrderRow("i-1", "CANINE_DRUGS", "ORDERED", "", *_WFP, 300, 240, True, True, "Joint search 4"),
    OrderRow("i-2", "CANINE_DRUGS", "STARTED", "", "75A123BC", "/visits/V-261124-01", 22, 240, True, True),
)
DONE = OrderRow("i-3", "XRAY_CARGO", "DONE", "ANOMALY", *_WFP, 600, 240, True, True, waits_for_look=True)
QUEUES = (MethodQueue("CANINE_DRUGS", ORDERS), MethodQueue("XRAY_CARGO", (DONE,)))
_TEMPLATES = tuple((name, TEMPLATES[name]) for name in ("TRUCK", "PAPERS"))
ORDER = InspectionView(
    ORDERS[0],
    "The dog of the border post showed interest in the cabin.",
    ("CABIN", "LOAD"),
    "Dilfuza Karimova",
    ago(300),
    _TEMPLATES,
    (DeclaredLine(1, "Wheat flour 50 kg, fortified", "110100", 400, "BG", Decimal(20000)),),
    (Tool("DOG-1", "Arslan"), Tool("DOG-2", "Bars", ("It must rest until 12:40.",))),
    may_start=True,
    may_finish=True,
    may_cancel=True,
    may_attach=True,
)
ENDED = replace(
    ORDER,
    row=DONE,
    started_by="Otabek Rahimov",
    started_at=ago(580),
    equipment="XR-1",
    done_by="Otabek Rahimov",
    done_at=ago(560),
    minutes=20,
    found_at=("LOAD",),
    note="Dense body in pallet 3, not on the packing list.",
    agrees=False,
    details=(("reference", "IMG-2611-0031"),),
    hold="h-1",
    may_start=False,
    may_finish=False,
    may_cancel=False,
    may_look=True,
    alarmed=True,
    confirmed=True,
    confirmed_by="Dilfuza Karimova",
    confirmed_at=ago(500),
    confirm_note="4 kg behind the tank.",
    may_confirm=True,
    may_sheet=True,
    kept="consignment:WFP-2611-0117",
    may_waive=True,
    may_seize=True,
    seize_link="/seizures/new?inspection=i-3",
)
EQUIPMENT = (
    EquipmentRow("KIT-7", "DRUG_TEST_KIT", "Drug test kit", "Dock 4", "IN_SERVICE", ("EXPIRED",), good_until=date(2026, 10, 31), lot="L-441", uses=17),
    EquipmentRow("DOG-2", "DOG_DRUGS", "Bars", "Kennel", "IN_SERVICE", ("RESTING",), minutes_in_shift=95, limit_minutes=180, resting_until=ago(-30), busy=("i-2",), uses=204),
    EquipmentRow("XR-1", "XRAY_CARGO", "Cargo X-ray", "Lane 2", "OUT_OF_SERVICE", ("NOT_IN_SERVICE",), "SN-004411"),
)  # fmt: skip
SEIZED = SeizureRow("SZ-2026-0007", ago(90), "DRUGS", "Heroin", "1.5 kg", "RESTRICTED", *_WFP)
RECORD = SeizureView(
    SEIZED,
    "Dilfuza Karimova",
    (("Substance or item", "Heroin"), ("Quantity", "1.5"), ("Where it was hidden", "In the pallet base")),
    ("340123450000000017",),
    (),
    (
        CustodyView(ago(90), "", "Dilfuza Karimova", "Customs", "Post 26001", "UZ-1"),
        CustodyView(
            ago(20), "Dilfuza Karimova", "Store keeper 4", "Customs", "Evidence room", note="sealed bag"
        ),
    ),
    "i-3",
    True,
)
CHIEF = Somebody("p-9", "Dilfuza Karimova", frozenset({"customs_inspector", "administrator"}))
_NEW = {"subject": "consignment:WFP-2611-0117", "name": _WFP[0], "href": _WFP[1], "methods": ("VISUAL", "CANINE_DRUGS"), "templates": _TEMPLATES, "instead": "", "answer": None}  # fmt: skip

PAGES: Mapping[str, tuple[str, Somebody | None, str, Mapping[str, Any]]] = {
    "inspections": ("inspections.html", OFFICER, "/inspections", {"groups": QUEUES, "seq": 1, "answer": None}),
    "inspections-none": ("inspections.html", OFFICER, "/inspections", {"groups": (), "seq": 1, "answer": None}),
    "inspection-new": ("inspection_new.html", OFFICER, "/inspections/new", _NEW),
    "inspection": ("inspection.html", OFFICER, "/inspections/i-1", {"v": ORDER, "seq": 1, "answer": None}),
    "inspection-done": ("inspection.html", OFFICER, "/inspections/i-3", {"v": ENDED, "seq": 1, "answer": None}),
    "equipment": ("equipment.html", CHIEF, "/equipment", {"rows": EQUIPMENT, "may_manage": True, "may_report": True, "answer": None}),
    "seizures": ("seizures.html", OFFICER, "/seizures", {"rows": (SEIZED,), "older": "", "may_seize": True, "answer": None}),
    "seizure": ("seizure.html", OFFICER, "/seizures/SZ-2026-0007", {"v": RECORD, "answer": None}),
    "seizure-new": ("seizure_new.html", OFFICER, "/seizures/new", {"form": {"consignment": _WFP[0]}, "codes": ("LAW_ENFORCEMENT", "RESTRICTED"), "answer": None}),
    "consignment-inspected": ("consignment.html", OFFICER, _WFP[1], {"c": replace(CONSIGNMENT, inspections=(*ORDERS, DONE), may_inspect=True, may_seize=True), "seq": 1, "answer": None}),
    "visit-inspected": ("visit.html", OFFICER, "/visits/V-261124-01", {"form": {}, "errors": {}, "answer": None, "v": replace(VISIT, inspections=ORDERS, may_inspect=True), "seq": 1}),
}  # fmt: skip
