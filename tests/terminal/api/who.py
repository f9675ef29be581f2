"""Who is who in the tables of doors: groups of roles, written down apart from the product's own, and how a write is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.app import Terminal, nonce
from workflows.roles import Role

EVERYBODY = frozenset(Role)
FLOOR = frozenset({Role.GATE_OPERATOR, Role.WEIGHBRIDGE_OPERATOR, Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER})
HANDLES = frozenset({Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER})
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
ADMIN = frozenset({Role.ADMINISTRATOR})
AGENCY = frozenset({Role.AGENCY_USER})
SEES_CARGO = FLOOR | OFFICERS | DESK | WATCH
SEES_BOARD = SEES_CARGO | ADMIN
SEES_DEVICES = FLOOR | DESK | ADMIN | frozenset({Role.SITUATION_CENTRE, Role.AUDITOR, Role.CUSTOMS_INSPECTOR})
SEES_RISK = frozenset({Role.CUSTOMS_INSPECTOR, Role.RISK_OFFICER, Role.SANCTIONS_OFFICER, Role.AUDITOR})
SEES_JOURNAL = frozenset({Role.AUDITOR, Role.CUSTOMS_INSPECTOR, Role.RISK_OFFICER})
DOES_INSPECTIONS = OFFICERS | frozenset(
    {
        Role.LIAISON_OFFICER,
        Role.AUDITOR,
        Role.TALLY_CLERK,
        Role.WEIGHBRIDGE_OPERATOR,
        Role.GATE_OPERATOR,
    }
)
READS_SEIZURES = frozenset(
    {
        Role.CUSTOMS_INSPECTOR,
        Role.BORDER_OFFICER,
        Role.RISK_OFFICER,
        Role.LIAISON_OFFICER,
        Role.AUDITOR,
    }
)
ANNOUNCES = frozenset({Role.DOCUMENT_OFFICER, Role.AGENCY_USER})
PASSES = frozenset({Role.RELEASE_OFFICER, Role.DOCUMENT_OFFICER})


def asked(**more: Any) -> Callable[[Terminal], Mapping[str, Any]]:
    return lambda _: {"nonce": nonce(), **more}
