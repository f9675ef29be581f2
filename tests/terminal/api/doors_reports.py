"""The endpoints of reports, shift books and the search, of the table in :mod:`tests.terminal.api.doors`."""

from __future__ import annotations

from collections.abc import Mapping

from tests.terminal.api.door import Door
from tests.terminal.api.who import (
    AGENCY,
    DESK,
    EVERYBODY,
    FLOOR,
    OFFICERS,
    READS_SEIZURES,
    SEES_BOARD,
    SEES_CARGO,
    SEES_DEVICES,
    SEES_RISK,
    asked,
)
from workflows.roles import Role

INSPECTIONS = OFFICERS | {Role.LIAISON_OFFICER, Role.AUDITOR}
_OF_A = {"params": {"sender": "Agency A", "donor": "Donor A"}}
DOORS: Mapping[str, Door] = {
    "GET /reports": Door(EVERYBODY, device="may"),
    "GET /reports/terminal": Door(SEES_BOARD),
    "GET /reports/times": Door(SEES_BOARD),
    "GET /reports/agency": Door(SEES_CARGO | AGENCY, send=_OF_A),
    "GET /reports/donor": Door(SEES_BOARD, send=_OF_A),
    "GET /reports/seizures": Door(READS_SEIZURES),
    "GET /reports/devices": Door(SEES_DEVICES),
    "GET /reports/selection": Door(SEES_RISK),
    "GET /reports/liaison": Door(READS_SEIZURES),
    "GET /reports/response": Door(INSPECTIONS),
    "GET /reports/operation": Door(INSPECTIONS, send={"params": {"operation": "HAMKORLIK-26"}}),
    "GET /report-jobs": Door(EVERYBODY, device="may"),
    "POST /report-jobs": Door(SEES_BOARD, body=asked(kind="terminal")),
    "GET /report-jobs/{job_id}": Door(frozenset(), "404", device="404"),
    "GET /search": Door(SEES_CARGO | AGENCY | SEES_BOARD, send={"params": {"q": "DOORS"}}),
    "GET /shifts": Door(SEES_BOARD),
    "POST /shifts/notes": Door(FLOOR | DESK, "refused", asked(note="look at dock 1"), device="refused"),
    "POST /shifts/hand-over": Door(FLOOR | DESK, "refused", asked(), device="refused"),
    "POST /shifts/take-over": Door(
        FLOOR | DESK, "refused", asked(handing="no-such-handing"), device="refused"
    ),
}
