"""The invented day in the message box and among the complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.terminal.web.shown import OFFICER, Somebody, ago
from workflows.complaint_state import Cause, Complainant, Complaint, Finding, Reply, Standing
from workflows.message_state import Message, Receipt, Side
from workflows.seizure_state import Handling

COMPLAINT = Complaint(
    "CP-2026-0007",
    "consignment:WFP-2611-0117",
    Cause.INSPECTION,
    "They opened every carton in the rain and left them open.",
    Complainant("Karim Haidari, driver", "+93 70 000 000"),
    "p-4",
    ago(300),
    inspection="i-1",
    hold="h-1",
)
ANSWERED = replace(
    COMPLAINT,
    standing=Standing.ANSWERED,
    taken_by="p-9",
    taken_at=ago(200),
    replies=(
        Reply("p-9", ago(180), "The rain could not be foreseen.", Finding.NOT_UPHELD),
        Reply("p-4", ago(120), "Two cartons are spoilt."),
        Reply("p-9", ago(60), "The cartons are replaced. A roof is ordered.", Finding.PARTLY_UPHELD),
    ),
)
MESSAGE = Message(
    "MB-2026-0031",
    Side.LIAISON,
    "p-12",
    ago(95),
    "BLO Ayritom",
    Handling.LAW_ENFORCEMENT,
    "Trucks of one carrier come back too heavy",
    "Three in ten days, each by some 40 kg.\nLook behind the tank.",
    ("visit:V-261124-01", "seizure:SZ-2026-0007"),
    alert=True,
)
_ABOUT = (("75A123BC", "/visits/V-261124-01"), ("SZ-2026-0007", "/seizures/SZ-2026-0007"))


def _complaint(one: Complaint, *, late: bool = False) -> dict[str, Any]:
    return {
        "c": one,
        "about": "WFP-2611-0117",
        "href": "/consignments/WFP-2611-0117",
        "recorded_by": "Gulnora Ashurova",
        "taken_by": "Dilfuza Karimova" if one.taken_by else "",
        "replies": [(reply, "Dilfuza Karimova") for reply in one.replies],
        "late": late,
    }


def _message(one: Message, *, seen: bool, mine: bool) -> dict[str, Any]:
    receipts = [("Chori Mirzayev", one.at) for _ in one.receipts]
    about = _ABOUT if seen else ()
    return {"m": one, "seen": seen, "mine": mine, "by": "Bahrom Saidov", "receipts": receipts, "about": about}


_WAITS, _LATE, _OVER = _complaint(COMPLAINT), _complaint(COMPLAINT, late=True), _complaint(ANSWERED)
_CLOSED = _message(MESSAGE, seen=False, mine=True)
_OPEN = _message(replace(MESSAGE, receipts=(Receipt("p-1", ago(20)),)), seen=True, mine=True)
_MINE = _message(
    replace(MESSAGE, side=Side.TERMINAL, office="", handling=Handling.TERMINAL, alert=False),
    seen=True,
    mine=False,
)
_BARE = {"answer": None}
_MAY = {"involved": False, "may_answer": True, "may_reopen": False, "may_inspect": True, "may_hold": True}
_FORM = {
    "kind": "consignment",
    "subject": "",
    "what": "",
    "about": "",
    "href": "",
    "inspection": "",
    "hold": "",
}
_ASKED = {
    "kind": "consignment",
    "subject": COMPLAINT.subject,
    "what": "WFP-2611-0117",
    "about": "WFP-2611-0117",
    "href": "/consignments/WFP-2611-0117",
    "inspection": "i-1",
    "hold": "",
}
_CODES = ("OPEN", "TERMINAL", "AGENCIES", "LAW_ENFORCEMENT")
_WRITE = {
    "about": "",
    "before": None,
    "offices": ("BLO Ayritom",),
    "liaison": False,
    "codes": _CODES,
    "code": "LAW_ENFORCEMENT",
}

PAGES: Mapping[str, tuple[str, Somebody | None, str, Mapping[str, Any]]] = {
    "complaints": ("complaints.html", OFFICER, "/complaints", {"rows": (_WAITS, _LATE, _OVER), "older": "", "everything": True, **_BARE}),
    "complaints-none": ("complaints.html", OFFICER, "/complaints", {"rows": (), "older": "", "everything": False, **_BARE}),
    "complaint": ("complaint.html", OFFICER, "/complaints/CP-2026-0007", {"v": _LATE, **_MAY, **_BARE}),
    "complaint-answered": ("complaint.html", OFFICER, "/complaints/CP-2026-0007", {"v": _OVER, **_MAY, "may_answer": False, "may_reopen": True, **_BARE}),
    "complaint-own": ("complaint.html", OFFICER, "/complaints/CP-2026-0007", {"v": _WAITS, **_MAY, "may_answer": False, "involved": True, **_BARE}),
    "complaint-new": ("complaint_new.html", OFFICER, "/complaints/new", {**_FORM, **_BARE}),
    "complaint-new-inspection": ("complaint_new.html", OFFICER, "/complaints/new", {**_ASKED, **_BARE}),
    "messages": ("messages.html", OFFICER, "/messages", {"rows": (_CLOSED, _OPEN, _MINE), "older": "", "waiting": 1, "may_write": True, **_BARE}),
    "messages-none": ("messages.html", OFFICER, "/messages", {"rows": (), "older": "", "waiting": 0, "may_write": True, **_BARE}),
    "message-closed": ("message.html", OFFICER, "/messages/MB-2026-0031", {"v": _CLOSED, "may_profile": False, "may_answer": False, **_BARE}),
    "message": ("message.html", OFFICER, "/messages/MB-2026-0031", {"v": _OPEN, "may_profile": True, "may_answer": True, **_BARE}),
    "message-new": ("message_new.html", OFFICER, "/messages/new", {**_WRITE, **_BARE}),
    "message-answer": ("message_new.html", OFFICER, "/messages/new", {**_WRITE, "before": MESSAGE, "about": "visit:V-261124-01", **_BARE}),
}  # fmt: skip
