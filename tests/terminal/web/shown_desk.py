"""The invented day at the desks of officers: queue of holds, an approval, a long story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from terminal.reports.jobs import Job
from terminal.reports.span import Span
from terminal.web import view_models as vm
from terminal.web.view_models_desk import ApprovalView, Fallen, PartUnit, Together, Waiting
from tests.terminal.web import shown
from tests.terminal.web.shown import CONSIGNMENT, FINDINGS, HOLDS, OFFICER, REFUSAL, TIMELINE, VISITS, ago

QUEUE = (
    replace(HOLDS[0], rush="COLD_CHAIN", waiting=Waiting(14, (("V-261124-01", "75A123BC"),), "DOC_CHECK")),
    replace(HOLDS[1], rush="MEDICINE", waiting=Waiting(60, (), "INSPECT")),
    replace(HOLDS[2], cause_gone=True, waiting=Waiting(0)),
)
TOGETHER = (
    Together("QTY-01", "Count differs", "CUSTOMS", ("h-7", "h-8"), ("WFP-2611-0117", "UNH-2611-0042")),
)
UNITS_LOADED = vm.TimelineEntry(
    48190,
    ago(14),
    "10 units loaded",
    "",
    "Timur Saidov",
    "Dock 1",
    "arrow-up-from-line",
    "go",
    "340123450000000017",
    "",
    ago(19),
    tuple(
        vm.TimelineEntry(
            48190 - n, ago(14), "Unit loaded", "", "Timur Saidov", "Dock 1", subject=f"34012345000000{n:04d}"
        )
        for n in range(10)
    ),
)
STORY = (TIMELINE[0], UNITS_LOADED, *TIMELINE[1:])
APPROVAL = ApprovalView(
    "CUSTOMS_RELEASE",
    "WFP-2611-0117",
    "Northern Grain Relief",
    "Balkh Distribution Office",
    "7b2f1c0d" * 8,
    3,
    440,
    22,
    22,
    1,
    Decimal("21840.500"),
    Decimal(23080),
    VISITS[:1],
    seal="H-UZ 550-0192",
    documents=CONSIGNMENT.documents[:2],
    barred=(("Akmal Saidov", "changed the papers today"),),
    roles=("customs_inspector",),
    mine=True,
)
BARRED = replace(
    APPROVAL,
    mine=False,
    missing=("On hold: Weight differs (Customs).", "The documents are not complete."),
    why_not="You changed this consignment today, so you may not approve it today.",
)
PART = replace(
    APPROVAL,
    kind="TERMINAL_RELEASE",
    partly=True,
    gone=10,
    released=2,
    rest=("340123450000000017", "340123450000000024"),
    part_units=(
        PartUnit("340123450000000017", "Wheat flour, fortified", Decimal("1016.000"), "STORAGE"),
        PartUnit("340123450000000024", "Vegetable oil", Decimal("742.500"), "STORAGE", "STOPPED"),
        PartUnit("340123450000000031", "Vegetable oil", None, "PRE_ADVICE", "UNSEEN"),
        PartUnit("340123450000000048", "Lentils", Decimal("980.000"), "TALLY", "COVERED"),
        PartUnit("340123450000000055", "Lentils", Decimal("980.000"), "TALLY", "NO_CUSTOMS"),
    ),
    vehicles=(("V-261124-01", "75A123BC"), ("V-261124-02", "01B456CD")),
)
REST = replace(PART, partly=False, part_units=())
FALLEN = (
    Fallen("WFP-2611-0117", "CUSTOMS_RELEASE", "Chori Mirzayev", "changed: consignee", ago(12), True),
    Fallen(
        "UNH-2611-0042", "TERMINAL_RELEASE", "Rustam Alimov", "changed: lines[3].gross_kg", ago(40), False
    ),
)
NARROW = replace(
    QUEUE[0],
    may_lift=True,
    proposed_by="Akmal Saidov",
    proposed_outcome="CLEARED_WAIVED",
    proposed_evidence=("Recipient consent RC-7",),
    units=(
        ("340123450000000017", "Wheat flour, fortified", True),
        ("340123450000000024", "Vegetable oil", False),
    ),
)
_HOLD = {"form": {}, "errors": {}, "answer": None}
BUSY = replace(
    CONSIGNMENT, timeline=STORY, story_goes_on=True, unit_stages=(("STORAGE", 2), ("PRE_ADVICE", 1))
)

JOB = Job(
    "j-1",
    "p-1",
    SimpleNamespace(span=Span(date(2026, 1, 1), date(2026, 11, 24))),
    ago(2),
    "running",
    41_000,
    66_000,
)

PAGES: Mapping[str, tuple[str, shown.Somebody | None, str, Mapping[str, Any]]] = {
    "holds": ("holds.html", OFFICER, "/holds", {"answer": None, "holds": QUEUE, "groups": TOGETHER, "fallen": FALLEN, "older": 2, "newer": 0, "seq": 1}),
    "holds-lifted": ("holds.html", OFFICER, "/holds", {"answer": None, "holds": (), "groups": (), "fallen": (), "older": 0, "newer": 0, "seq": 1}),
    "hold": ("hold.html", OFFICER, "/holds/h-1", {**_HOLD, "hold": replace(QUEUE[0], cause_gone=True), "findings": FINDINGS[:1]}),
    "approve": ("approve.html", OFFICER, "/consignments/WFP-2611-0117/approvals", {"a": APPROVAL, "answer": None}),
    "approve-part": ("approve.html", OFFICER, "/consignments/WFP-2611-0117/approvals", {"a": PART, "answer": None}),
    "approve-rest": ("approve.html", OFFICER, "/consignments/WFP-2611-0117/approvals", {"a": REST, "answer": None}),
    "hold-narrow": ("hold.html", OFFICER, "/holds/h-2", {**_HOLD, "hold": NARROW, "findings": ()}),
    "approve-barred": ("approve.html", OFFICER, "/consignments/WFP-2611-0117/approvals", {"a": BARRED, "answer": REFUSAL}),
    "story": ("story.html", OFFICER, "/consignments/WFP-2611-0117/story", {"name": "WFP-2611-0117", "home": "/consignments/WFP-2611-0117", "story": STORY, "older": 47000}),
    "enrolling-display": ("enrolling.html", None, "/enrol/4f1c", {"token": "", "device": "", "point": "", "code": "4f1c", "server": "https://terminal.example", "display": True, "answer": None}),
    "report-job": ("report_job.html", OFFICER, "/reports/job/j-1", {"job": JOB, "title": "Terminal report", "answer": None}),
    "report-failed": ("report_job.html", OFFICER, "/reports/job/j-2", {"job": replace(JOB, state="failed"), "title": "Terminal report", "answer": None}),
    "consignment-busy": ("consignment.html", OFFICER, "/consignments/WFP-2611-0117", {"c": BUSY, "seq": 48213, "answer": None}),
}  # fmt: skip
