"""The endpoints of reports, shift books and the search, of the table in :mod:`tests.terminal.api.doors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.app import Terminal, nonce
from tests.terminal.api.door import Door
from workflows.roles import Role

EVERYBODY = frozenset(Role)
FLOOR = frozenset({Role.GATE_OPERATOR, Role.WEIGHBRIDGE_OPERATOR, Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER})
OFFICERS = frozenset(
    {
        Role.CUSTOMS_INSPECTOR,
        Role.BORDER_OFFICER,
        Role.PHYTO_VET_SANITARY,
        Role.XRAY_OPERATOR,
        Role.CANINE_HANDLER,
        Role.RISK_OFFICER,
        Role.SANCTIONS_OFFICER,
    }
)
DESK = frozenset({Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER})
WATCH = frozenset({Role.SITUATION_CENTRE, Role.LIAISON_OFFICER, Role.AUDITOR})
BOARD = FLOOR | OFFICERS | DESK | WATCH | {Role.ADMINISTRATOR}
CARGO = FLOOR | OFFICERS | DESK | WATCH | {Role.AGENCY_USER}
DEVICES = FLOOR | DESK | {Role.ADMINISTRATOR, Role.SITUATION_CENTRE, Role.AUDITOR, Role.CUSTOMS_INSPECTOR}
SEIZURES = frozenset(
    {
        Role.CUSTOMS_INSPECTOR,
        Role.BORDER_OFFICER,
        Role.RISK_OFFICER,
        Role.LIAISON_OFFICER,
        Role.AUDITOR,
    }
)
INSPECTIONS = OFFICERS | {Role.LIAISON_OFFICER, Role.AUDITOR}
RISK = frozenset({Role.CUSTOMS_INSPECTOR, Role.RISK_OFFICER, Role.SANCTIONS_OFFICER, Role.AUDITOR})


def _asked(**more: Any) -> Callable[[Terminal], Mapping[str, Any]]:
    return lambda _: {"nonce": nonce(), **more}


_OF_A = {"params": {"sender": "Agency A", "donor": "Donor A"}}
DOORS: Mapping[str, Door] = {
    "GET /reports": Door(EVERYBODY, device="may"),
    "GET /reports/terminal": Door(BOARD),
    "GET /reports/times": Door(BOARD),
    "GET /reports/agency": Door(CARGO, send=_OF_A),
    "GET /reports/donor": Door(BOARD, send=_OF_A),
    "GET /reports/seizures": Door(SEIZURES),
    "GET /reports/devices": Door(DEVICES),
    "GET /reports/selection": Door(RISK),
    "GET /reports/liaison": Door(SEIZURES),
    "GET /reports/response": Door(INSPECTIONS),
    "GET /reports/operation": Door(INSPECTIONS, send={"params": {"operation": "HAMKORLIK-26"}}),
    "GET /report-jobs": Door(EVERYBODY, device="may"),
    "POST /report-jobs": Door(BOARD, body=_asked(kind="terminal")),
    "GET /report-jobs/{job_id}": Door(frozenset(), "404", device="404"),
    "GET /search": Door(CARGO | BOARD, send={"params": {"q": "DOORS"}}),
    "GET /shifts": Door(BOARD),
    "POST /shifts/notes": Door(FLOOR | DESK, "refused", _asked(note="look at dock 1"), device="refused"),
    "POST /shifts/hand-over": Door(FLOOR | DESK, "refused", _asked(), device="refused"),
    "POST /shifts/take-over": Door(
        FLOOR | DESK, "refused", _asked(handing="no-such-handing"), device="refused"
    ),
}
