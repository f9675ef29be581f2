"""Every page of the web and every form of it, and who may: written down apart from the product's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.app import PASSWORD
from tests.terminal.api.door import Door
from tests.terminal.api.doors_letters import ANSWERS, READS, RECORDS, WRITES
from tests.terminal.api.who import (
    ADMIN,
    AGENCY,
    ANNOUNCES,
    DESK,
    DOES_INSPECTIONS,
    EVERYBODY,
    FLOOR,
    HANDLES,
    OFFICERS,
    READS_SEIZURES,
    SEES_BOARD,
    SEES_CARGO,
    SEES_DEVICES,
    SEES_JOURNAL,
    SEES_RISK,
)
from workflows.roles import Role

REF, LABEL, VISIT = "PAGES-1", "{label}", "{visit}"
PICTURE = {"file": ("a.jpg", b"\xff\xd8\xff\xe0 a picture")}
PICTURES = {"files": PICTURE["file"]}
GATE = frozenset({Role.GATE_OPERATOR})
BRIDGE = frozenset({Role.WEIGHBRIDGE_OPERATOR})
BORDER = frozenset({Role.BORDER_OFFICER})
CUSTOMS = frozenset({Role.CUSTOMS_INSPECTOR})
TALLIES = frozenset({Role.TALLY_CLERK})
PAPERS = frozenset({Role.DOCUMENT_OFFICER})
WEIGHS = HANDLES | BRIDGE
SEIZES = CUSTOMS | BORDER
CLEARS = CUSTOMS | PAPERS
READS_CARGO = SEES_CARGO | AGENCY


def form(files: Mapping[str, Any] | None = None, **fields: str) -> Mapping[str, Any]:
    """What a form sends, apart from its hidden fields."""
    return {"data": fields, **({"files": files} if files else {})}


#: open to everybody, signed in or not, or about nobody but the one who asks; not knocked at here
OWN = frozenset(
    {
        "POST /sign-in",
        "POST /sign-in/second",
        "POST /sign-out",
        "POST /setup/{code}",
        "POST /enrol/{code}",
        "POST /badge",
        "POST /account/prove",
        "POST /account/app",
        "POST /account/app/confirm",
        "POST /account/factors/{identity}/remove",
        "POST /account/pin",
        "POST /account/sessions/end-others",
        "POST /account/sessions/{name}/end",
        "POST /demo/next",
        "POST /demo/device",
        "GET /track/{code}",
        "GET /h/{token}",
    }
)

#: address -> who sees it; everybody else is told that it is not for their role
PAGES: Mapping[str, Door] = {
    "GET /": Door(EVERYBODY - {Role.TRAINER}),
    "GET /account": Door(EVERYBODY),
    "GET /badge": Door(EVERYBODY),
    "GET /board/live": Door(SEES_BOARD),
    "GET /consignments": Door(READS_CARGO),
    "GET /consignments/{ref}": Door(READS_CARGO),
    "GET /consignments/{ref}/approvals": Door(READS_CARGO, send={"params": {"kind": "CUSTOMS_RELEASE"}}),
    "GET /consignments/{ref}/labels": Door(READS_CARGO),
    "GET /consignments/{ref}/story": Door(SEES_BOARD),
    "GET /consignments/{ref}/bundle": Door(READS_CARGO),
    "GET /complaints": Door(RECORDS | READS),
    "GET /complaints/new": Door(RECORDS),
    "GET /complaints/{ref}": Door(RECORDS | READS),
    "GET /counts": Door(SEES_BOARD),
    "GET /counts/{identity}": Door(SEES_BOARD),
    "GET /demo": Door(EVERYBODY),
    "GET /demo/now": Door(EVERYBODY),
    "GET /devices": Door(SEES_DEVICES),
    "GET /data": Door(ADMIN),
    "GET /data/{table}": Door(ADMIN),
    "GET /devices/enrol": Door(ADMIN),
    "GET /devices/{device_id}": Door(SEES_DEVICES),
    "GET /docs": Door(EVERYBODY),
    "GET /enrol/{code}": Door(EVERYBODY),
    "GET /equipment": Door(OFFICERS | {Role.ADMINISTRATOR, Role.AUDITOR, Role.SITUATION_CENTRE}),
    "GET /gate": Door(GATE),
    "GET /healthz": Door(EVERYBODY),
    "GET /holds": Door(SEES_BOARD),
    "GET /holds/{hold_id}": Door(SEES_BOARD),
    "GET /import": Door(ANNOUNCES),
    "GET /import/{preview}": Door(ANNOUNCES),
    "GET /inspections": Door(DOES_INSPECTIONS),
    "GET /inspections/new": Door(
        frozenset({Role.BORDER_OFFICER, Role.CUSTOMS_INSPECTOR, Role.PHYTO_VET_SANITARY, Role.RISK_OFFICER})
    ),
    "GET /inspections/{identity}": Door(DOES_INSPECTIONS),
    "GET /journal": Door(SEES_JOURNAL),
    "GET /lanes": Door(SEES_RISK),
    "GET /lanes/of": Door(SEES_RISK, send={"params": {"consignment": REF}}),
    "GET /lanes/profiles": Door(SEES_RISK),
    "GET /lanes/report": Door(SEES_RISK),
    "GET /language/{code}": Door(EVERYBODY),
    "GET /load": Door(HANDLES),
    "GET /losses": Door(SEES_BOARD),
    "GET /metrics": Door(EVERYBODY),
    "GET /messages": Door(WRITES | {Role.AUDITOR}),
    "GET /messages/new": Door(WRITES | {Role.AUDITOR}),
    "GET /messages/{no}": Door(WRITES | {Role.AUDITOR}),
    "GET /organisations": Door(ADMIN),
    "GET /papers/{kind}/{subject}": Door(READS_CARGO),
    "GET /pass": Door(EVERYBODY),
    "GET /people": Door(ADMIN),
    "GET /people/new": Door(ADMIN),
    "GET /people/{identity}": Door(ADMIN),
    "GET /picks/{ref}": Door(SEES_BOARD),
    "GET /portal": Door(ANNOUNCES),
    "GET /portal/consignments/{ref}": Door(ANNOUNCES),
    "GET /portal/drafts/{identity}": Door(ANNOUNCES),
    "GET /portal/files/{identity}": Door(READS_CARGO),
    "GET /priorities": Door(ADMIN | {Role.RELEASE_OFFICER}),
    "GET /rail": Door(SEES_BOARD),
    "GET /rail/transload": Door(TALLIES),
    "GET /rail/{cut_id}": Door(SEES_BOARD),
    "GET /readyz": Door(EVERYBODY),
    "GET /reports": Door(EVERYBODY - {Role.TRAINER}),
    "GET /reports/job/{identity}": Door(EVERYBODY),
    "GET /reports/{kind}": Door(SEES_BOARD),
    "GET /review": Door(CLEARS),
    "GET /search": Door(EVERYBODY - {Role.TRAINER}),
    "GET /seizures": Door(READS_SEIZURES),
    "GET /seizures/new": Door(SEIZES),
    "GET /seizures/{case_no}": Door(READS_SEIZURES),
    "GET /setup/{code}": Door(EVERYBODY),
    "GET /shift": Door(SEES_BOARD),
    "GET /sign-in": Door(EVERYBODY),
    "GET /sign-in/other": Door(EVERYBODY),
    "GET /sign-in/other/back": Door(EVERYBODY),
    "GET /static/{build}/{name}": Door(EVERYBODY),
    "GET /stock": Door(SEES_BOARD),
    "GET /stock/places": Door(ADMIN),
    "GET /storage": Door(HANDLES),
    "GET /tallies/{ref}": Door(READS_CARGO),
    "GET /tally": Door(HANDLES),
    "GET /tares": Door(SEES_BOARD),
    "GET /theme/{name}": Door(EVERYBODY),
    "GET /track": Door(EVERYBODY),
    "GET /trips": Door(SEES_BOARD),
    "GET /trips/sheet": Door(SEES_BOARD),
    "GET /trips/{identity}": Door(SEES_BOARD),
    "GET /trips/{identity}/sheet": Door(SEES_BOARD),
    "GET /trouble": Door(SEES_BOARD),
    "GET /unit-scale": Door(WEIGHS),
    "GET /units/{label}": Door(SEES_BOARD),
    "GET /visits": Door(SEES_BOARD),
    "GET /visits/new": Door(ANNOUNCES | GATE),
    "GET /visits/{identity}": Door(SEES_BOARD),
    "GET /visits/{identity}/axles": Door(SEES_BOARD),
    "GET /visits/{identity}/slip": Door(SEES_BOARD),
    "GET /visits/{identity}/story": Door(SEES_BOARD),
    "GET /wall": Door(SEES_BOARD),
    "GET /wall/live": Door(SEES_BOARD),
    "GET /watch-list": Door(BORDER),
    "GET /weighbridge": Door(BRIDGE),
    "GET /welcome": Door(EVERYBODY),
    "GET /workload": Door(SEES_BOARD),
}

#: form -> who may send it; ``hidden``: who is shut out where others are refused in words
FORMS: Mapping[str, Door] = {
    "POST /people/{identity}/badge": Door(ADMIN, send=form()),
    "POST /consignments/{ref}/approvals": Door(
        CUSTOMS,
        "refused",
        hidden=EVERYBODY - READS_CARGO,
        send=form(
            kind="CUSTOMS_RELEASE",
            digest="{digest}",
            password=PASSWORD,
        ),
    ),
    "POST /consignments/{ref}/steps": Door(CLEARS, "refused", send=form(step="DOC_CHECK")),
    "POST /consignments/{ref}/documents": Door(
        DESK | {Role.AGENCY_USER}, "refused", send=form(type="INVOICE", number="1", issued="2026-01-02")
    ),
    "POST /consignments/{ref}/end-use": Door(
        DESK, "refused", send=form(line="1", end_user="x", purpose="x", number="E-1")
    ),
    "POST /consignments/{ref}/documents/verify": Door(DESK, "refused", send=form(type="INVOICE", number="1")),
    "POST /consignments/{ref}/checks": Door(
        SEES_RISK | {Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER}, send=form()
    ),
    "POST /holds/together": Door(EVERYBODY, send=form(hold="no-such-hold")),
    "POST /holds": Door(
        frozenset({Role.CANINE_HANDLER, Role.CUSTOMS_INSPECTOR, Role.RISK_OFFICER, Role.XRAY_OPERATOR}),
        "refused",
        send=form(subject=f"consignment:{REF}", reason="SEAL", authority="CUSTOMS", note="odd"),
    ),
    "POST /holds/{hold_id}/lift": Door(
        CUSTOMS,
        "refused",
        send=form(outcome="CLEARED_WAIVED", note="seen", evidence="seal photo", password=PASSWORD),
    ),
    "POST /holds/{hold_id}/exemption": Door(
        CUSTOMS, "refused", send=form(basis="UNSCR_2615_P1", note="relief goods")
    ),
    "POST /inspections": Door(
        SEIZES | {Role.RISK_OFFICER},
        "refused",
        send=form(subject=f"consignment:{REF}", method="COUNT", why="random"),
    ),
    "POST /inspections/{identity}/start": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.TALLY_CLERK}), "refused", send=form(equipment="scope-1")
    ),
    "POST /inspections/{identity}/result": Door(
        CUSTOMS | {Role.TALLY_CLERK}, "refused", send=form(result="ANOMALY", note="seen")
    ),
    "POST /inspections/{identity}/second-look": Door(
        CUSTOMS | {Role.XRAY_OPERATOR}, "refused", send=form(says="AGREES")
    ),
    "POST /inspections/{identity}/cancel": Door(CUSTOMS, "refused", send=form(reason="quiet")),
    "POST /inspections/{identity}/waive": Door(
        CUSTOMS, "refused", send=form(reason="quiet", password=PASSWORD)
    ),
    "POST /inspections/{identity}/confirm": Door(
        SEIZES, "refused", send=form(confirmed="yes", note="opened")
    ),
    "POST /complaints": Door(
        RECORDS,
        "refused",
        send=form(cause="DELAY", what=REF, text="We wait.", complainant="Karim, driver"),
    ),
    "POST /complaints/{ref}/take": Door(ANSWERS, "refused", send=form()),
    "POST /complaints/{ref}/answer": Door(ANSWERS, "refused", send=form(finding="UPHELD", text="So it was.")),
    "POST /complaints/{ref}/reopen": Door(RECORDS, "refused", send=form(why="They do not agree.")),
    "POST /messages": Door(
        WRITES, "refused", send=form(title="A truck", text="It waits.", handling="TERMINAL")
    ),
    "POST /messages/{no}/read": Door(WRITES | {Role.AUDITOR}, "refused", send=form()),
    "POST /inspections/{identity}/files": Door(
        frozenset({Role.BORDER_OFFICER, Role.CUSTOMS_INSPECTOR, Role.RISK_OFFICER, Role.TALLY_CLERK}),
        "refused",
        send=form(files=PICTURE),
        hidden=EVERYBODY - DOES_INSPECTIONS,
    ),
    "POST /data/{table}": Door(
        ADMIN, send=form(do="try", files={"file": ("x.csv", b"a,b\n1,2\n", "text/csv")})
    ),
    "POST /data/{table}/rollback": Door(ADMIN, send=form(version="shipped")),
    "POST /equipment": Door(
        ADMIN | CUSTOMS,
        "refused",
        send=form(id="pages-scope", kind="ENDOSCOPE", name="Endoscope", place="hall"),
    ),
    "POST /equipment/{identity}": Door(
        ADMIN | {Role.CUSTOMS_INSPECTOR}, "refused", send=form(state="FIT", note="seen")
    ),
    "POST /seizures": Door(SEIZES, send=form()),
    "POST /seizures/{case_no}/custody": Door(
        SEIZES,
        "refused",
        send=form(received_by="Somebody", organisation="Customs", place="store 1", note="given"),
    ),
    "POST /seizures/{case_no}/files": Door(SEIZES, send=form(files=PICTURE)),
    "POST /lanes/set": Door(
        frozenset({Role.RISK_OFFICER}), "refused", send=form(consignment=REF, lane="RED", why="odd")
    ),
    "POST /lanes/mark": Door(
        CUSTOMS | {Role.RISK_OFFICER}, "refused", send=form(consignment=REF, indicator="NO-SUCH", why="odd")
    ),
    "POST /lanes/audit": Door(
        CUSTOMS | {Role.RISK_OFFICER}, "refused", send=form(consignment=REF, result="IN_ORDER", note="looked")
    ),
    "POST /lanes/profiles": Door(
        frozenset({Role.RISK_OFFICER}),
        "refused",
        send=form(
            id="PAGES-1",
            title="A profile",
            owner="risk",
            reason="a door",
            first_day="2026-01-01",
            last_day="2027-01-01",
            words="abc",
            lane="YELLOW",
        ),
    ),
    "POST /watch-list": Door(
        BORDER,
        "refused",
        send=form(kind="plate", value="99D999XX", reason="a door", last_day="2026-12-31", note="a door"),
    ),
    "POST /watch-list/end": Door(BORDER, "refused", send=form(kind="plate", value="99D999XX", note="a door")),
    "POST /trouble": Door(
        CLEARS, "refused", send=form(visit="no-such-visit", consignments=REF), hidden=AGENCY | {Role.TRAINER}
    ),
    "POST /organisations": Door(ADMIN, send=form(name="Agency A", kind="AGENCY")),
    "POST /priorities": Door(
        ADMIN | {Role.RELEASE_OFFICER},
        send=form(goods_types="MEDICINE", until="2027-01-01T10:00", why="cold"),
    ),
    "POST /visits": Door(ANNOUNCES | GATE, "refused", send=form(plate="75999AAA", mode="ROAD")),
    "POST /visits/{identity}/steps": Door(HANDLES, "refused", send=form(step="UNLOAD", note="seen")),
    "POST /portal": Door(ANNOUNCES, send=form(organisation="Agency A")),
    "POST /portal/drafts/{identity}/facts": Door(ANNOUNCES, send=form()),
    "POST /portal/drafts/{identity}/files": Door(ANNOUNCES, send=form(files=PICTURES)),
    "POST /portal/drafts/{identity}/goods": Door(ANNOUNCES, send=form()),
    "POST /portal/drafts/{identity}/papers": Door(
        ANNOUNCES, send=form(type="INVOICE", number="1", files=PICTURE)
    ),
    "POST /portal/drafts/{identity}/trucks": Door(ANNOUNCES, send=form(plate="75777AAA")),
    "POST /portal/drafts/{identity}/drop": Door(ANNOUNCES, send=form(kind="truck", name="1")),
    "POST /portal/drafts/{identity}/submit": Door(ANNOUNCES, send=form()),
    "POST /portal/drafts/{identity}/withdraw": Door(ANNOUNCES, send=form()),
    "POST /portal/papers": Door(ANNOUNCES, send=form(ref=REF, type="INVOICE", number="1", files=PICTURE)),
    "POST /portal/tracking": Door(ANNOUNCES, send=form(ref=REF)),
    "POST /portal/windows": Door(ANNOUNCES, send=form(visit="no-such-visit", ref=REF, at="2026-12-01T10:00")),
    "POST /rail": Door(
        ANNOUNCES | GATE, "refused", send=form(train="2442", direction="IN", wagons="24123465")
    ),
    "POST /rail/transload": Door(
        TALLIES, "refused", send=form(source="no-such-wagon", target="no-such-truck", code="1")
    ),
    "POST /rail/{cut_id}/arrive": Door(GATE, "refused", send=form(numbers="24123457")),
    "POST /rail/{cut_id}/seals": Door(
        GATE | frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER}),
        "refused",
        send=form(seals="24123457; A1"),
    ),
    "POST /rail/{cut_id}/weights": Door(BRIDGE, "refused", send=form(scale="rail-1", weights="1")),
    "POST /rail/{cut_id}/leave": Door(GATE, "refused", send=form()),
    "POST /tares": Door(
        frozenset({Role.CUSTOMS_INSPECTOR, Role.DOCUMENT_OFFICER, Role.WEIGHBRIDGE_OPERATOR}),
        "refused",
        send=form(plate="75999AAA", kg="12000", paper="passport"),
    ),
    "POST /unit-scale": Door(WEIGHS, send=form(point="tally-1", code="1")),
    "POST /trips/{identity}/link": Door(DESK, "refused", send=form()),
    "POST /trips/{identity}/link/end": Door(DESK, "refused", send=form(note="over")),
    "POST /trips/{identity}/sheet": Door(PAPERS, "refused", send=form(code="no-such-code", name="Somebody")),
    "POST /trips/{identity}/file": Door(PAPERS, "refused", send=form(files=PICTURE)),
    "POST /gate": Door(GATE, "refused", send=form(visit=VISIT, step="GATE_OUT", point="gate-1")),
    "POST /gate/arrivals": Door(GATE, "refused", send=form(point="gate-1", plate="75888AAA", mode="ROAD")),
    "POST /weighbridge": Door(BRIDGE, send=form(point="weighbridge-1", visit="no-such-visit")),
    "POST /weighbridge/axles": Door(
        BRIDGE, send=form(point="weighbridge-1", visit="no-such-visit", layout="2")
    ),
    "POST /weighbridge/typed": Door(
        BRIDGE,
        send=form(
            point="weighbridge-1",
            visit="no-such-visit",
            kg="12000",
            second_login="weighbridge_2",
            second_password=PASSWORD,
            note="dark",
        ),
    ),
    "POST /units/lost": Door(HANDLES, "refused", send=form(label=LABEL, note="not here")),
    "POST /tallies/{ref}/units": Door(
        TALLIES, "refused", send=form(gross_kg="500", condition="GOOD", note="no label")
    ),
    "POST /tallies/{ref}/close": Door(TALLIES, "refused", send=form(note="all")),
    "POST /units/{label}/damage": Door(
        HANDLES | {Role.CUSTOMS_INSPECTOR}, "refused", send=form(condition="DAMAGED", note="wet")
    ),
    "POST /units/{label}/photo": Door(
        HANDLES | {Role.CUSTOMS_INSPECTOR}, "refused", send=form(files=PICTURE)
    ),
    "POST /units/{label}/split": Door(HANDLES, "refused", send=form(gross_kg="10", note="two")),
    "POST /units/{label}/together": Door(
        HANDLES, "refused", send=form(target=LABEL, tare_kg="10", note="one")
    ),
    "POST /units/{label}/apart": Door(HANDLES, "refused", send=form(note="apart")),
    "POST /units/{label}/print": Door(SEES_BOARD, send=form()),
    "POST /stock/places": Door(ADMIN, send=form(place="A-1", kind="SHELF", zone="A")),
    "POST /counts": Door(HANDLES, "refused", send=form(zone="A")),
    "POST /counts/{identity}/scan": Door(HANDLES, "refused", send=form(code="1", place="A-1")),
    "POST /counts/{identity}/close": Door(HANDLES, "refused", send=form()),
    "POST /counts/{identity}/settle": Door(
        DESK, "refused", send=form(label=LABEL, settlement="LEFT", note="seen")
    ),
    "POST /devices/enrol": Door(ADMIN, send=form(device="page-station", kind="handheld", point="gate-1")),
    "POST /devices/{device_id}/revoke": Door(ADMIN, send=form()),
    "POST /import": Door(ANNOUNCES, send=form(files=PICTURES)),
    "POST /import/{preview}/confirm": Door(ANNOUNCES, send=form()),
    "POST /import/{preview}/drop": Door(ANNOUNCES, send=form()),
    "POST /visits/{identity}/gate-pass": Door(DESK, "refused", send=form()),
    "POST /people": Door(ADMIN, send=form(name="New Person", login="new-person", roles="tally_clerk")),
    "POST /people/{identity}": Door(ADMIN, send=form(name="Both", login="both", roles="tally_clerk")),
    "POST /reports/{kind}/job": Door(SEES_BOARD, send=form()),
    "POST /shift/notes": Door(FLOOR | DESK, "refused", send=form(book="TERMINAL", note="look at dock 1")),
    "POST /shift/hand-over": Door(FLOOR | DESK, "refused", send=form(book="TERMINAL")),
    "POST /shift/take-over": Door(
        FLOOR | DESK, "refused", send=form(book="TERMINAL", handing="no-such-handing")
    ),
    "POST /review/{seq}": Door(CLEARS, send=form(do="keep", note="seen")),
}
