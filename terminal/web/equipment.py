"""The inventory of inspection equipment: what there is, what warns, taking it out of service and back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.cases import equipping
from terminal.web.consignments import BAD_DATE, day
from terminal.web.context import MyPage
from terminal.web.i18n import N_
from terminal.web.showing_inspections import InspectionShower
from workflows.equipment_state import Equipment, EquipmentKind, EquipmentState
from workflows.roles import Right

router = APIRouter()
Text = Annotated[str, Form(max_length=120)]
Nonce = Annotated[str, Form(max_length=80)]
BAD_NUMBER = N_("Write the minutes as a whole number.")


@router.get("/equipment")
def get_equipment(page: MyPage, kind: Annotated[str, Query(max_length=40)] = "") -> Response:
    """The list; what warns stands first."""
    page.insist(Right.READ_EQUIPMENT)
    wanted = EquipmentKind(kind) if kind in {one.value for one in EquipmentKind} else None
    with page.service.reading() as reader:
        shower = InspectionShower(page, reader)
        rows = [shower.equipment(line) for line in equipping.inventory(reader, page.now, wanted)]
        rows.sort(key=lambda row: (row.state == "RETIRED", not row.warnings, row.kind, row.id))
        return page.html(
            "equipment.html",
            rows=rows,
            may_manage=page.may(Right.MANAGE_EQUIPMENT),
            may_report=page.may(Right.REPORT_EQUIPMENT),
        )


def _minutes(text: str) -> int | None:
    """Minutes as typed; None for nothing. Raises ValueError for anything else."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise ValueError(text)
    return int(text)


@router.post("/equipment")
async def post_equipment(
    page: MyPage,
    id: Annotated[str, Form(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")],
    kind: Annotated[EquipmentKind, Form()],
    name: Text,
    place: Text,
    serial: Text = "",
    calibrated_until: Text = "",
    kit_lot: Text = "",
    expires: Text = "",
    limit_minutes: Text = "",
    rest_minutes: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Take something into the inventory."""
    try:
        calibrated, gone = day(calibrated_until), day(expires)
    except ValueError:
        return page.sorry(BAD_DATE, "/equipment")
    try:
        limit, rest = _minutes(limit_minutes), _minutes(rest_minutes)
    except ValueError:
        return page.sorry(BAD_NUMBER, "/equipment")
    new = Equipment(
        id,
        kind,
        name.strip(),
        place.strip(),
        serial=serial.strip(),
        calibrated_until=calibrated,
        kit_lot=kit_lot.strip() or None,
        expires=gone,
        limit_minutes=limit,
        rest_minutes=rest,
    )
    request = page.asked(nonce, {"equipment": id, "kind": kind.value, "name": name, "place": place})
    answer = await page.service.write(lambda books: equipping.add(books, new, request))
    return page.after(answer, "/equipment")


@router.post("/equipment/{identity}")
async def post_change(
    page: MyPage,
    identity: str,
    state: Annotated[str, Form(max_length=40)] = "",
    place: Text = "",
    calibrated_until: Text = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    nonce: Nonce = "",
) -> Response:
    """Take it out of service or back, move it, or write down its next calibration."""
    changed: dict[str, Any] = {}
    if state in {one.value for one in EquipmentState}:
        changed["state"] = EquipmentState(state)
    if place.strip():
        changed["place"] = place.strip()
    try:
        if (until := day(calibrated_until)) is not None:
            changed["calibrated_until"] = until
    except ValueError:
        return page.sorry(BAD_DATE, "/equipment")
    body = {"equipment": identity, "state": state, "place": place, "until": calibrated_until, "note": note}
    request = page.asked(nonce, body)
    answer = await page.service.write(lambda books: equipping.change(books, identity, changed, note, request))
    return page.after(answer, "/equipment")
