"""The endpoints of complaints and messages, of the table in :mod:`tests.terminal.api.doors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.app import Terminal, nonce
from tests.terminal.api.door import Door
from workflows.roles import Role

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
RECORDS = FLOOR | OFFICERS | DESK | {Role.AGENCY_USER}
READS = DESK | {Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER, Role.AUDITOR}
ANSWERS = frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER, Role.RELEASE_OFFICER})
#: who writes messages, and who of them sees those of law enforcement
WRITES = DESK | {
    Role.CUSTOMS_INSPECTOR,
    Role.BORDER_OFFICER,
    Role.RISK_OFFICER,
    Role.SITUATION_CENTRE,
    Role.LIAISON_OFFICER,
}
CONFIDES = frozenset(
    {Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER, Role.RISK_OFFICER, Role.LIAISON_OFFICER, Role.AUDITOR}
)


def _asked(**more: Any) -> Callable[[Terminal], Mapping[str, Any]]:
    return lambda _: {"nonce": nonce(), **more}


_SAID = {
    "subject": "consignment:DOORS-1",
    "cause": "DELAY",
    "text": "We wait since morning.",
    "complainant": {"name": "Karim, driver"},
}
DOORS: Mapping[str, Door] = {
    "GET /complaints": Door(RECORDS | READS),
    # of Agency A, recorded at the gate: the agency and the gate operator read it too
    "GET /complaints/{complaint}": Door(
        READS | {Role.AGENCY_USER, Role.GATE_OPERATOR},
        hidden=RECORDS - READS - {Role.AGENCY_USER, Role.GATE_OPERATOR},
    ),
    "POST /complaints": Door(RECORDS, "refused", _asked(**_SAID), device="refused"),
    "POST /complaints/{complaint}/take": Door(ANSWERS, "refused", _asked(), device="refused"),
    "POST /complaints/{complaint}/answer": Door(
        ANSWERS, "refused", _asked(finding="UPHELD", text="You were right."), device="refused"
    ),
    "POST /complaints/{complaint}/reopen": Door(
        RECORDS, "refused", _asked(why="They do not agree."), device="refused"
    ),
    "GET /messages": Door(WRITES | {Role.AUDITOR}),
    "GET /messages/{message}": Door(CONFIDES, hidden=WRITES - CONFIDES),
    "POST /messages": Door(
        WRITES, "refused", _asked(title="A truck", text="It waits.", handling="TERMINAL"), device="refused"
    ),
    "POST /messages/{message}/read": Door(WRITES | {Role.AUDITOR}, "refused", _asked(), device="refused"),
    "POST /inspections/{inspection_id}/confirm": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        _asked(confirmed=True, note="opened"),
        device="refused",
    ),
}
