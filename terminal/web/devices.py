"""Devices: how each one is, adding a handheld or gate PC with a one-time code, revoking one."""

from __future__ import annotations

import html
from typing import Annotated, Any

import zxingcpp
from fastapi import APIRouter, Form
from fastapi.responses import Response
from markupsafe import Markup

from devices.config import Scale
from devices.fleet import UnknownDevice
from devices.health import Health
from terminal import access
from terminal.api.devices import READINGS
from terminal.api.problems import not_found
from terminal.store.devices import Device
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from workflows.roles import Right

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
BAD_NAME = N_("Use small letters, digits and dashes only, beginning with a letter or digit.")


def _configured(page: Page, show: CargoShower, health: Health) -> vm.DeviceView:
    configured = next((d for d in page.service.settings.devices if d.id == health.device), None)
    until = configured.verified_until if isinstance(configured, Scale) else None
    reading = ""
    if isinstance(configured, Scale) and page.service.fleet is not None:
        try:
            live = page.service.fleet.live(health.device)
        except UnknownDevice:
            live = None
        reading = page.words.kg(live.kg) if live is not None and live.kg is not None else ""
    return vm.DeviceView(
        id=health.device,
        kind=health.kind,
        state=health.state,
        point=show.point(health.point),
        protocol=health.protocol,
        url=health.url,
        last_seen=health.last_frame,
        last_reading=reading,
        trouble="" if health.ok else health.sentence,
        verified_until=until,
        verification_late=until is not None and until < page.now.date(),
        frames=health.counters.frames,
        noise=health.counters.bad_check + health.counters.bad_format + health.counters.truncated,
    )


def _enrolled(show: CargoShower, device: Device) -> vm.DeviceView:
    state = "live" if device.token_hash is not None else "unknown"
    return vm.DeviceView(
        id=device.id,
        kind=device.kind,
        state=state if device.active else "revoked",
        point=show.point(device.point),
        last_seen=device.seen_at,
    )


@router.get("/devices")
def get_devices(page: MyPage) -> Response:
    """Every configured device with its health, every enrolled one with when it was seen."""
    page.insist(Right.READ_DEVICES)
    health = page.service.fleet.health() if page.service.fleet else []
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        shown = [_configured(page, show, item) for item in health]
        shown += [_enrolled(show, device) for device in reader.devices.all()]
        return page.html(
            "devices.html", devices=shown, seq=reader.head().seq, may_manage=page.may(Right.MANAGE_DEVICES)
        )


def _enrol_page(page: Page, **context: Any) -> Response:
    points = [(p.id, p.name) for p in page.service.settings.points]
    shown: dict[str, Any] = {"points": points, "form": {}, "errors": {}, "qr": "", **context}
    return page.html("enrol.html", **shown)


@router.get("/devices/enrol")
def get_enrol(page: MyPage) -> Response:
    """The form to add a device."""
    page.insist(Right.MANAGE_DEVICES)
    return _enrol_page(page)


@router.post("/devices/enrol")
async def post_enrol(page: MyPage, device: Text, kind: Text, point: Text) -> Response:
    """Add (or renew) a device; its one-time code is shown once, as QR and as text."""
    page.insist(Right.MANAGE_DEVICES)
    name = device.strip()
    place = page.service.settings.point(point)
    ok = (
        name
        and name.isascii()
        and all(c.islower() or c.isdigit() or c in "-._" for c in name)
        and name[0].isalnum()
    )
    if not ok:
        return _enrol_page(
            page, form={"device": device, "point": point}, errors={"device": page.words.gettext(BAD_NAME)}
        )
    now = page.now
    steps = frozenset(place.steps) if place else frozenset()
    made = Device(name, kind, name, now, place.id if place else None, steps, frozenset({READINGS}))
    by = page.actor.id
    code = await page.service.write(lambda books: access.add_device(books, made, by, now))
    base = str(page.request.base_url).rstrip("/")
    link = f"{base}/api/v1/enrol#{code}"
    return _enrol_page(page, qr=qr(link, name), link=link, device=name, until=now + access.CODE_LIFETIME)


def qr(text: str, label: str) -> Markup:
    """A QR symbol as inline SVG, drawn with rectangles (no style attribute, so that the content policy holds)."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = symbol.to_svg(add_quiet_zones=True)
    body = drawn[drawn.index("<svg") :]
    named = body.replace("<svg ", f'<svg role="img" aria-label="{html.escape(label)}" ', 1)
    return Markup(named)  # noqa: S704 - drawn by us, the label escaped


@router.post("/devices/{device_id}/revoke")
async def post_revoke(page: MyPage, device_id: str) -> Response:
    """Make a device's token worthless."""
    page.insist(Right.MANAGE_DEVICES)
    by, now = page.actor.id, page.now
    if not await page.service.write(lambda books: access.revoke_device(books, device_id, by, now)):
        raise not_found("device", device_id)
    return page.after(
        vm.Answer("accepted", page.words.gettext(N_("The device may not write any more."))), "/devices"
    )
