"""The situation board of a busy invented day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from terminal.reports.today import Slice, Today
from terminal.web.view_models_wall import Alert, Dwell, HeldBy, Wall, Watched
from tests.terminal.web.shown import GATE, NOW, Somebody

WATCH = Somebody("p-8", "Zafar Nazarov", frozenset({"situation_centre"}))
_CAME = (1, 3, 4, 2, 5, 6, 4, 3, 5, 4)
_LEFT = (0, 0, 1, 2, 2, 4, 5, 3, 4, 3)
_IN = (0, 12, 35, 61, 88, 130, 171, 196, 240, 268)
_OUT = (0, 0, 6, 20, 41, 77, 119, 150, 188, 211)
_INSIDE = (14, 17, 20, 20, 23, 25, 24, 24, 25, 26)
SLICES = tuple(
    Slice(NOW.replace(minute=0) - timedelta(hours=9 - n), came, left, Decimal(into) * 1000, Decimal(out) * 1000, inside)
    for n, (came, left, into, out, inside) in enumerate(zip(_CAME, _LEFT, _IN, _OUT, _INSIDE, strict=True))
)  # fmt: skip
TODAY = Today(date(2026, 11, 24), 37, 24, 58, 431, 338, Decimal(268140), Decimal(211905), 4, 60, SLICES)
STAGES = (
    Dwell("PRE_ADVICE", 41),
    Dwell("GATE_IN", 6, 1, 42, 30),
    Dwell("DOC_CHECK", 12, 2, 190, 120),
    Dwell("RISK", 5, 0, 9, 15),
    Dwell("INSPECT", 3, 1, 275, 240),
    Dwell("CUSTOMS_RELEASE", 8, 0, 95, 120),
    Dwell("RELEASE", 17, 0, 31, 60),
    Dwell("GATE_OUT", 22, 0, 12, 20),
    Dwell("BORDER_EXIT", 9),
    Dwell("ARRIVED_AF", 31),
    Dwell("DELIVERED", 0),
)
QUEUES = (
    Dwell("GATE_IN", 4, 1, 38, 30),
    Dwell("WEIGH_IN", 2, 0, 12, 15),
    Dwell("UNLOAD", 7, 1, 246, 180),
    Dwell("LOAD", 6, 0, 58, 180),
    Dwell("SEAL", 0, 0, None, 15),
    Dwell("WEIGH_OUT", 3, 0, 6, 15),
)
HOLDS = (
    HeldBy("CUSTOMS", (3, 2, 1, 1), 5800),
    HeldBy("AFGHAN_SIDE", (0, 2, 3, 0), 3100),
    HeldBy("PHYTO_VET_SANITARY", (1, 1, 0, 0), 310),
    HeldBy("TERMINAL", (2, 0, 0, 0), 95),
)
DEVICES = tuple(
    Watched(name, kind, state, point)
    for name, kind, state, point in (
        ("anpr-in", "anpr", "live", "Gate 1"),
        ("anpr-out", "anpr", "live", "Gate 2"),
        ("barrier-1", "relay", "live", "Gate 1"),
        ("camera-bridge", "camera", "live", "Weighbridge 1"),
        ("printer-tally", "printer", "no_link", "Tally"),
        ("rail-bridge", "scale", "live", "Rail track 2"),
        ("reader-2", "reader", "no_data", "Dock 2"),
        ("scale-pallet", "scale", "live", "Warehouse"),
        ("scanner-gate", "scanner", "live", "Gate 1"),
        ("weighbridge-1", "scale", "live", "Weighbridge 1"),
    )
)
ALERTS = (
    Alert("stop", "cpu", "printer-tally: Offline", "/devices/printer-tally", "Tally"),
    Alert("stop", "ban", "2 holds block everything", "/holds?show=blocks", "4 d"),
    Alert("look", "cpu", "reader-2: Silent", "/devices/reader-2", "Dock 2"),
    Alert("look", "truck", "Unloading: 1 over target", "/visits", "4 h 6 min"),
    Alert("look", "boxes", "Document check: 2 over target", "/consignments?stage=DOC_CHECK", "3 h 10 min"),
    Alert("hold", "history", "3 late scans wait for a decision", "/review"),
)
WALL = Wall(48213, NOW, 26, 11, 3, 16, 2, TODAY, STAGES, QUEUES, HOLDS, ALERTS, DEVICES, 2)
CALM = replace(WALL, holds=(), alerts=(), devices=None, more_alerts=0, open_holds=0, blocked=0)

PAGES: Mapping[str, tuple[str, Somebody | None, str, dict[str, Any]]] = {
    "wall": ("wall.html", WATCH, "/wall", {"wall": WALL}),
    "wall-display": ("wall.html", None, "/wall", {"wall": WALL, "alone": True}),
    "wall-calm": ("wall.html", GATE, "/wall", {"wall": CALM}),
}
