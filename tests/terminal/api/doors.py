"""Every endpoint of the API, how it is asked, and who may: one table, written down apart from the product's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.app import PASSWORD, Terminal, nonce, sscc
from tests.terminal.api import doors_hall, doors_letters, doors_reports, doors_sign_in
from tests.terminal.api.door import Door
from tests.terminal.api.who import (
    ADMIN,
    AGENCY,
    ANNOUNCES,
    DESK,
    DOES_INSPECTIONS,
    EVERYBODY,
    OFFICERS,
    PASSES,
    READS_SEIZURES,
    SEES_BOARD,
    SEES_CARGO,
    SEES_DEVICES,
    SEES_JOURNAL,
    SEES_RISK,
    asked,
)
from workflows.roles import Role


def scan(terminal: Terminal) -> Mapping[str, Any]:
    at = terminal.clock.now.isoformat()
    return {
        "nonce": nonce(),
        "code": sscc(99_999_999),
        "step": "TALLY",
        "point": "tally-1",
        "scanned_at": at,
    }


REF = "DOORS-1"
DOORS: Mapping[str, Door] = {
    "GET /scans": Door(SEES_BOARD, send={"params": {"point": "tally-1"}}),
    "POST /scans": Door(frozenset({Role.TALLY_CLERK}), "refused", scan, device="may"),
    "POST /scans/batch": Door(
        frozenset({Role.TALLY_CLERK}), "refused", lambda t: {"scans": [scan(t)]}, device="may"
    ),
    "GET /consignments": Door(SEES_CARGO | AGENCY),
    "GET /consignments/{ref}": Door(SEES_CARGO | AGENCY),
    "GET /consignments/{ref}/checks": Door(SEES_RISK, hidden=SEES_CARGO - SEES_RISK | AGENCY),
    "GET /consignments/{ref}/journal": Door(SEES_JOURNAL),
    "POST /consignments/{ref}/documents": Door(
        DESK | AGENCY, "refused", asked(type="INSURANCE", number="INS-1"), device="refused"
    ),
    "POST /approvals": Door(
        frozenset({Role.DOCUMENT_OFFICER, Role.CUSTOMS_INSPECTOR}),
        "refused",
        asked(consignment=REF, step="DOC_CHECK"),
        device="refused",
    ),
    **doors_hall.DOORS,
    "GET /holds": Door(SEES_CARGO),
    "POST /holds": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.XRAY_OPERATOR, Role.CANINE_HANDLER, Role.RISK_OFFICER}),
        "refused",
        asked(subject=f"consignment:{REF}", reason="SEAL", note="looks odd"),
        device="refused",
    ),
    "POST /holds/{hold_id}/lift": Door(
        frozenset({Role.CUSTOMS_INSPECTOR}),
        "refused",
        asked(outcome="CLEARED_WAIVED", note="seen"),
        device="refused",
    ),
    "POST /holds/{hold_id}/exemption": Door(
        frozenset({Role.CUSTOMS_INSPECTOR}),
        "refused",
        asked(basis="UNSCR_2615_P1", note="relief goods"),
        device="refused",
    ),
    "GET /trips": Door(SEES_BOARD),
    "GET /visits/{identity}/axle-estimate": Door(SEES_BOARD, "404", device="404"),
    "GET /visits/{identity}/manifest": Door(SEES_BOARD, "404", device="404"),
    "GET /visits/{identity}/manifest.csv": Door(SEES_BOARD, "404", device="404"),
    "GET /visits/{identity}/handovers": Door(SEES_BOARD, "404", device="404"),
    "GET /visits/{identity}/handover-link": Door(frozenset(), hidden=PASSES),  # there is none
    "POST /visits/{identity}/handover-link": Door(PASSES, "refused", asked(), device="refused"),
    "POST /visits/{identity}/handover-link/end": Door(
        PASSES, "refused", asked(note="the sheet was lost"), device="refused"
    ),
    "GET /visits/{identity}/handover-pictures/{sha256}": Door(frozenset(), "404", device="404"),
    "POST /visits/{identity}/handovers/file": Door(
        frozenset({Role.DOCUMENT_OFFICER}),
        "refused",
        send={
            "data": {"nonce": "door-handover-file"},
            "files": {"file": ("receipts.csv", b"unit,found\n")},
        },
        device="refused",
    ),
    "POST /handovers/sheet": Door(
        frozenset({Role.DOCUMENT_OFFICER}),
        "refused",
        asked(code="222222222222", statement={"name": "Najib", "receipts": []}),
        device="refused",
    ),
    "GET /handover/{token}": Door(EVERYBODY, device="may", open=True),
    "POST /handover/{token}": Door(EVERYBODY, device="may", open=True),
    "GET /lanes": Door(SEES_RISK),
    "GET /lanes/one": Door(SEES_RISK, send={"params": {"consignment": REF}}),
    "POST /lanes": Door(
        frozenset({Role.RISK_OFFICER}),
        "refused",
        asked(consignment=REF, lane="YELLOW", why="as it stands"),
        device="refused",
    ),
    "POST /lanes/marks": Door(
        frozenset({Role.RISK_OFFICER, Role.CUSTOMS_INSPECTOR}),
        "refused",
        asked(consignment=REF, indicator="R23", why="winter"),
        device="refused",
    ),
    "GET /audits": Door(SEES_RISK),
    "POST /audits/close": Door(
        frozenset({Role.RISK_OFFICER, Role.CUSTOMS_INSPECTOR}),
        "refused",
        asked(consignment=REF, result="IN_ORDER", note="looked"),
        device="refused",
    ),
    "GET /risk-profiles": Door(SEES_RISK),
    "POST /risk-profiles": Door(
        frozenset({Role.RISK_OFFICER}),
        "refused",
        asked(
            id="P-DOOR",
            title="Doors",
            owner="risk",
            reason="a test",
            first_day="2026-11-01",
            last_day="2026-12-01",
            criteria={"hs": ["9999"]},
            points=1,
            note="for the doors",
        ),
        device="refused",
    ),
    "GET /risk-profiles/{profile_id}/history": Door(SEES_RISK),
    "GET /watch-list": Door(frozenset({Role.BORDER_OFFICER})),
    "POST /watch-list": Door(
        frozenset({Role.BORDER_OFFICER}),
        "refused",
        asked(kind="plate", value="99D999XX", reason="a door", last_day="2026-12-31", note="a door"),
        device="refused",
    ),
    "POST /watch-list/end": Door(
        frozenset({Role.BORDER_OFFICER}),
        "refused",
        asked(kind="plate", value="99D999XX", note="a door"),
        device="refused",
    ),
    "GET /customs-offices": Door(SEES_RISK),
    "GET /hit-rates": Door(SEES_RISK, send={"params": {"first": "2026-11-01", "last": "2026-11-30"}}),
    "GET /hit-rates.csv": Door(SEES_RISK, send={"params": {"first": "2026-11-01", "last": "2026-11-30"}}),
    "GET /inspections": Door(DOES_INSPECTIONS),
    "GET /inspections/templates": Door(DOES_INSPECTIONS),
    "GET /inspections/{inspection_id}": Door(DOES_INSPECTIONS),
    "POST /inspections": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER, Role.RISK_OFFICER, Role.PHYTO_VET_SANITARY}),
        "refused",
        asked(subject=f"consignment:{REF}", method="VISUAL", why="the lane"),
        device="refused",
    ),
    "POST /inspections/{inspection_id}/start": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.TALLY_CLERK}), "refused", asked(), device="refused"
    ),
    "POST /inspections/{inspection_id}/result": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.TALLY_CLERK}),
        "refused",
        asked(result="ANOMALY"),
        device="refused",
    ),
    "POST /inspections/{inspection_id}/second-look": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.XRAY_OPERATOR}),
        "refused",
        asked(agrees=True),
        device="refused",
    ),
    "POST /inspections/{inspection_id}/cancel": Door(
        frozenset({Role.CUSTOMS_INSPECTOR}), "refused", asked(reason=""), device="refused"
    ),
    "POST /inspections/{inspection_id}/waive": Door(
        frozenset({Role.CUSTOMS_INSPECTOR}), "refused", asked(reason="dark"), device="refused"
    ),
    "POST /attachments": Door(
        OFFICERS | {Role.LIAISON_OFFICER, Role.AUDITOR},  # others do not learn whether it exists
        "refused",
        send={
            "data": {"nonce": "the-nonce-of-doors-2", "to": "inspection:doors"},
            "files": {"file": ("a.txt", b"no picture")},
        },
        device="refused",
    ),
    "GET /attachments/{attachment_id}": Door(
        OFFICERS | {Role.LIAISON_OFFICER, Role.AUDITOR}, "404", device="404"
    ),
    "GET /equipment": Door(OFFICERS | ADMIN | {Role.SITUATION_CENTRE, Role.AUDITOR}),
    "POST /equipment": Door(
        ADMIN | {Role.CUSTOMS_INSPECTOR},
        "refused",
        asked(id="doors-scope", kind="ENDOSCOPE", name="Endoscope", place="hall"),
        device="refused",
    ),
    "POST /equipment/{equipment_id}/change": Door(
        OFFICERS | ADMIN, "refused", asked(state="IN_REPAIR", why="lens"), device="refused"
    ),
    "GET /seizures": Door(READS_SEIZURES),
    "GET /seizures/export": Door(frozenset({Role.CUSTOMS_INSPECTOR, Role.LIAISON_OFFICER, Role.AUDITOR})),
    "GET /seizures/{case_no}": Door(READS_SEIZURES),
    "POST /seizures": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        asked(
            facts={
                "post_code": "22-01",
                "agency": "customs",
                "commodity_group": "TOBACCO",
                "substance_or_item": "cigarettes",
                "quantity": "10",
                "uom": "carton",
            }
        ),
        device="refused",
    ),
    "POST /seizures/{case_no}/change": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        asked(facts={"lab_result": "tobacco"}, why="laboratory"),
        device="refused",
    ),
    "POST /seizures/{case_no}/custody": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        asked(received_by="store keeper", organisation="customs", place="store"),
        device="refused",
    ),
    "GET /visits": Door(SEES_CARGO),
    "POST /visits": Door(
        frozenset({Role.GATE_OPERATOR, Role.DOCUMENT_OFFICER, Role.AGENCY_USER}),
        "refused",
        asked(plate="01 234 ABC"),
        device="refused",
    ),
    "GET /visits/{identity}": Door(SEES_CARGO, hidden=AGENCY),
    "POST /visits/{identity}/steps": Door(
        frozenset({Role.GATE_OPERATOR}), "refused", asked(step="GATE_OUT"), device="refused"
    ),
    "POST /visits/{identity}/gate-pass": Door(PASSES, "refused", asked(), device="refused"),
    "GET /visits/{identity}/gate-pass": Door(frozenset(), hidden=SEES_CARGO | AGENCY),  # there is none
    "GET /gate-passes/revoked": Door(EVERYBODY, device="may", open=True),
    "GET /keys": Door(EVERYBODY, device="may", open=True),
    "GET /papers/{kind}/{subject}": Door(SEES_CARGO | AGENCY),
    "GET /consignments/{ref}/bundle": Door(
        frozenset({Role.AUDITOR, Role.LIAISON_OFFICER, Role.CUSTOMS_INSPECTOR})
    ),
    "GET /journal/checkpoint": Door(SEES_JOURNAL),
    "GET /journal/consistency": Door(SEES_JOURNAL),
    "POST /inspection-results": Door(frozenset(), send={"content": b"{}"}, device="may"),
    "GET /weighings": Door(SEES_CARGO),
    "POST /weighings": Door(
        frozenset({Role.WEIGHBRIDGE_OPERATOR, Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER}),
        "refused",
        asked(point="pallet-scale-1", unit=sscc(99_999_998)),
        device="refused",
    ),
    "GET /cuts": Door(SEES_CARGO),
    "GET /cuts/{cut_id}": Door(SEES_CARGO),
    "POST /cuts": Door(
        frozenset({Role.GATE_OPERATOR, Role.DOCUMENT_OFFICER, Role.AGENCY_USER}),
        "refused",
        asked(train="2441", wagons=[{"number": "2412345"}, {"number": "2412345"}]),
        device="refused",
    ),
    "POST /cuts/{cut_id}/arrive": Door(
        frozenset({Role.GATE_OPERATOR}), "refused", asked(numbers=["1"]), device="refused"
    ),
    "POST /cuts/{cut_id}/seals": Door(
        frozenset({Role.GATE_OPERATOR, Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        asked(wagons=[{"number": "1", "seals": [{"number": "1"}]}]),
        device="refused",
    ),
    "POST /cuts/{cut_id}/weights": Door(
        frozenset({Role.WEIGHBRIDGE_OPERATOR}),
        "refused",
        asked(scale="rail", wagons=[{"order": 1, "kg": "24000"}]),
        device="refused",
    ),
    "POST /cuts/{cut_id}/leave": Door(frozenset({Role.GATE_OPERATOR}), "refused", asked(), device="refused"),
    "POST /transloads": Door(
        frozenset({Role.TALLY_CLERK}),
        "refused",
        asked(code=sscc(99_999_997), source="a", target="b"),
        device="refused",
    ),
    "GET /tares": Door(SEES_CARGO, send={"params": {"plate": "75412CBA"}}),
    "POST /tares": Door(
        frozenset({Role.WEIGHBRIDGE_OPERATOR, Role.DOCUMENT_OFFICER, Role.CUSTOMS_INSPECTOR}),
        "refused",
        asked(plate="75412CBA", kg="15420", paper="AAB 12345"),
        device="refused",
    ),
    "GET /announcements": Door(ANNOUNCES),
    "POST /announcements": Door(ANNOUNCES, "refused", asked(organisation="Agency A"), device="refused"),
    "GET /announcements/{announcement_id}": Door(ANNOUNCES),
    "GET /announcements/{announcement_id}/report": Door(ANNOUNCES),
    "POST /announcements/{announcement_id}/facts": Door(
        ANNOUNCES, "refused", asked(facts={"mode": "ROAD"}), device="refused"
    ),
    "POST /announcements/{announcement_id}/goods": Door(
        ANNOUNCES, body=asked(lines=[{"description": "Tent", "packages": "1", "gross": "10"}])
    ),
    "POST /announcements/{announcement_id}/files": Door(
        ANNOUNCES,
        send={"data": {"nonce": "the-nonce-of-doors-4"}, "files": {"files": ("a.csv", b"x;y\n1;2\n")}},
    ),
    "POST /announcements/{announcement_id}/papers": Door(
        ANNOUNCES, send={"data": {"nonce": "the-nonce-of-doors-5", "type": "CMR", "number": "1"}}
    ),
    "POST /announcements/{announcement_id}/trucks": Door(
        ANNOUNCES, "refused", asked(plate="01 777 AAA"), device="refused"
    ),
    "POST /announcements/{announcement_id}/drop": Door(
        ANNOUNCES, "refused", asked(kind="truck", name="nobody"), device="refused"
    ),
    "POST /announcements/{announcement_id}/submit": Door(ANNOUNCES, body=asked()),
    "POST /announcements/{announcement_id}/withdraw": Door(ANNOUNCES, "refused", asked(), device="refused"),
    "GET /portal/consignments/{ref}": Door(ANNOUNCES),
    "POST /portal/consignments/{ref}/papers": Door(
        ANNOUNCES | {Role.RELEASE_OFFICER},
        "refused",
        send={"data": {"nonce": "the-nonce-of-doors-6", "type": "INSURANCE", "number": "2"}},
        device="refused",
    ),
    "POST /portal/consignments/{ref}/tracking": Door(ANNOUNCES, "refused", asked(), device="refused"),
    "GET /portal/files/{attachment_id}": Door(
        frozenset(), hidden=SEES_CARGO | AGENCY
    ),  # no paper of this desk
    "GET /organisations": Door(ADMIN),
    "POST /organisations": Door(ADMIN, "refused", asked(name="Agency D", kind="NGO"), device="refused"),
    "GET /needs": Door(EVERYBODY, device="may"),
    "POST /needs": Door(
        ADMIN | {Role.RELEASE_OFFICER},
        "refused",
        asked(goods_types=["SHELTER"], why="earthquake"),
        device="refused",
    ),
    "POST /visits/arrivals": Door(
        frozenset({Role.GATE_OPERATOR}),
        "refused",
        asked(plate="60 345 BBB", point="gate-1"),
        device="refused",
    ),
    "GET /visits/trouble": Door(SEES_CARGO),
    "POST /visits/{identity}/match": Door(
        frozenset({Role.DOCUMENT_OFFICER, Role.CUSTOMS_INSPECTOR}), "refused", asked(), device="refused"
    ),
    "POST /visits/{identity}/window": Door(
        ANNOUNCES | {Role.GATE_OPERATOR}, "refused", asked(at=None), device="refused"
    ),
    "GET /windows": Door(EVERYBODY, device="may"),
    "GET /workload": Door(SEES_CARGO),
    "GET /track/{code}": Door(EVERYBODY, device="may", open=True),
    "GET /public": Door(EVERYBODY, device="may", open=True),
    "GET /public/truck": Door(
        EVERYBODY, send={"params": {"reference": "X", "plate": "Y"}}, device="may", open=True
    ),
    "GET /public/documents": Door(EVERYBODY, device="may", open=True),
    "POST /imports": Door(
        frozenset({Role.DOCUMENT_OFFICER, Role.AGENCY_USER}),
        send={"data": {"nonce": "the-nonce-of-doors"}, "files": {"files": ("a.csv", b"x;y\n1;2\n")}},
    ),
    "GET /data": Door(ADMIN),
    "GET /data/{table}": Door(ADMIN),
    "GET /data/{table}/history": Door(ADMIN),
    "POST /data": Door(
        ADMIN,
        send={
            "data": {"nonce": "the-nonce-of-doors-data", "dry_run": "true"},
            "files": {"files": ("check_severities.csv", b"check_code,severity\n")},
        },
    ),
    "POST /data/{table}/rollback": Door(
        ADMIN, send={"data": {"nonce": "the-nonce-of-doors-back", "version": "no-such-version"}}
    ),
    "GET /journal": Door(SEES_JOURNAL),
    "GET /stream": Door(SEES_BOARD, endless=True),
    "GET /live": Door(SEES_DEVICES, endless=True),
    "GET /devices": Door(SEES_DEVICES),
    "POST /devices": Door(ADMIN, body=asked(id="doors-station", name="Station", point="tally-1")),
    "GET /devices/{device_id}/live": Door(SEES_DEVICES),
    "GET /devices/{device_id}/readings": Door(SEES_DEVICES),
    "POST /devices/{device_id}/revoke": Door(ADMIN, body=lambda _: {}),
    "POST /enrol": Door(EVERYBODY, body=lambda _: {"code": "never-a-good-code"}, device="may", open=True),
    "POST /devices/{device_id}/readings": Door(
        frozenset(), send={"json": [{"reading": "nonsense"}]}, device="may"
    ),
    "POST /devices/{device_id}/push": Door(frozenset(), send={"content": b"<event/>"}, device="403"),
    "POST /pictures/codes": Door(EVERYBODY, send={"content": b"no picture"}, device="may"),
    "GET /session": Door(EVERYBODY, device="may"),
    "POST /session": Door(
        EVERYBODY, body=lambda _: {"login": "nobody at all", "password": "x"}, device="may", open=True
    ),
    "POST /session/step-up": Door(EVERYBODY, body=lambda _: {"password": PASSWORD}),
    "DELETE /session": Door(EVERYBODY, device="may"),
    **doors_sign_in.DOORS,
    **doors_reports.DOORS,
    **doors_letters.DOORS,
    "GET /demo": Door(frozenset(), "404", device="404", open=True),
    "POST /demo/next": Door(frozenset(), "404", device="404", open=True),
    "POST /demo/device": Door(
        frozenset(), "404", lambda _: {"action": "scan", "device": "x"}, device="404", open=True
    ),
}
