"""The endpoints by which people come in, of the table in :mod:`tests.terminal.api.doors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.app import Terminal, nonce
from tests.terminal.api.door import Door
from workflows.roles import Role

EVERYBODY = frozenset(Role)
ADMIN = frozenset({Role.ADMINISTRATOR})
#: who takes steps of units: receives, stores, inspects, picks, loads
SCANS_UNITS = frozenset(
    {
        Role.TALLY_CLERK,
        Role.WAREHOUSE_KEEPER,
        Role.CUSTOMS_INSPECTOR,
        Role.XRAY_OPERATOR,
        Role.CANINE_HANDLER,
        Role.PHYTO_VET_SANITARY,
    }
)
NOTHING = "x" * 30


def body(**given: Any) -> Callable[[Terminal], Mapping[str, Any]]:
    return lambda _: given


_CREDENTIAL = body(token=NOTHING, credential={"id": "x"})
DOORS: Mapping[str, Door] = {
    "POST /session/second": Door(
        EVERYBODY, body=body(pending=NOTHING, code="000000"), device="may", open=True
    ),
    "POST /session/passkey/begin": Door(EVERYBODY, body=body(), device="may", open=True),
    "POST /session/passkey": Door(EVERYBODY, body=_CREDENTIAL, device="may", open=True),
    "POST /session/step-up/passkey/begin": Door(EVERYBODY, body=body()),
    "POST /session/step-up/passkey": Door(EVERYBODY, body=_CREDENTIAL),
    "GET /session/factors": Door(EVERYBODY),
    "POST /session/factors/totp/begin": Door(EVERYBODY, body=body()),
    "POST /session/factors/totp": Door(EVERYBODY, body=body(offer="", code="000000")),
    "POST /session/factors/recovery": Door(EVERYBODY, body=body()),
    "POST /session/factors/passkey/begin": Door(EVERYBODY, body=body()),
    "POST /session/factors/passkey": Door(EVERYBODY, body=_CREDENTIAL),
    "DELETE /session/factors/{factor_id}": Door(EVERYBODY),
    "POST /session/badge": Door(frozenset(), body=body(badge="KBX", pin="1"), device="may"),
    "GET /stations/known": Door(frozenset(), send={"params": {"step": "TALLY"}}, device="may"),
    "POST /scans/undo": Door(
        SCANS_UNITS,
        "refused",
        body=lambda terminal: {
            "nonce": nonce(),
            "scan": "no-such-scan",
            "reason": "WRONG_UNIT",
            "undone_at": terminal.clock.now.isoformat(),
        },
        device="may",
    ),
    "GET /scans/reviews": Door(EVERYBODY, send={"params": {"review": 1}}, device="may"),
    "POST /session/pin": Door(EVERYBODY, body=body(pin="1")),
    "GET /sessions": Door(EVERYBODY),
    "DELETE /sessions/{session_name}": Door(EVERYBODY),
    "POST /sessions/end-others": Door(EVERYBODY, body=body()),
    "POST /people/{person_id}/badge": Door(ADMIN, body=body()),
    "DELETE /people/{person_id}/badge": Door(ADMIN),
    "GET /people/{person_id}/sessions": Door(ADMIN),
    "DELETE /people/{person_id}/sessions": Door(ADMIN),
    "POST /people/{person_id}/second-factor/reset": Door(ADMIN, body=body()),
}
