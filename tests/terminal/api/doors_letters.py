"""The endpoints of complaints and messages, of the table in :mod:`tests.terminal.api.doors`."""

from __future__ import annotations

from collections.abc import Mapping

from tests.terminal.api.door import Door
from tests.terminal.api.who import DESK, FLOOR, OFFICERS, asked
from workflows.roles import Role

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
    "POST /complaints": Door(RECORDS, "refused", asked(**_SAID), device="refused"),
    "POST /complaints/{complaint}/take": Door(ANSWERS, "refused", asked(), device="refused"),
    "POST /complaints/{complaint}/answer": Door(
        ANSWERS, "refused", asked(finding="UPHELD", text="You were right."), device="refused"
    ),
    "POST /complaints/{complaint}/reopen": Door(
        RECORDS, "refused", asked(why="They do not agree."), device="refused"
    ),
    "GET /messages": Door(WRITES | {Role.AUDITOR}),
    "GET /messages/{message}": Door(CONFIDES, hidden=WRITES - CONFIDES),
    "POST /messages": Door(
        WRITES, "refused", asked(title="A truck", text="It waits.", handling="TERMINAL"), device="refused"
    ),
    "POST /messages/{message}/read": Door(WRITES | {Role.AUDITOR}, "refused", asked(), device="refused"),
    "POST /inspections/{inspection_id}/confirm": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        asked(confirmed=True, note="opened"),
        device="refused",
    ),
}
