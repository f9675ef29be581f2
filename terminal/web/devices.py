"""Devices: how each one is, adding a handheld or gate PC with a one-time code, revoking one."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import zxingcpp
from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from devices.config import Scale
from devices.fleet import UnknownDevice
from devices.health import Health
from terminal import access, displays
from terminal.api.devices import READINGS
from terminal.api.last_known import STATION_COOKIE
from terminal.api.needs import same_origin
from terminal.api.problems import Problem, not_found
from terminal.store.devices import Device
from terminal.store.journal import Entry
from terminal.web import telling, telling_devices
from terminal.web import view_models as vm
from terminal.web.context import AnyPage, MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing import number_of
from terminal.web.showing_cargo import CargoShower
from terminal.web.sign_in import BAD_CODE
from terminal.web.view_models_devices import DeviceTold, DeviceView
from terminal.web.wall import keep_display
from terminal.web.wording import word
from terminal.web.wording_devices import ADVICE
from workflows.roles import Right

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
#: entries of a device on one page
TOLD_PART = 50
#: kind of a subject -> where its page is
HOMES: Mapping[str, str] = {"visit": "/visits/", "consignment": "/consignments/"}
BAD_NAME = N_("Use small letters, digits and dashes only, beginning with a letter or digit.")


def _configured(page: Page, show: CargoShower, health: Health) -> DeviceView:
    configured = next((d for d in page.service.settings.devices if d.id == health.device), None)
    until = configured.verified_until if isinstance(configured, Scale) else None
    reading = ""
    if isinstance(configured, Scale) and page.service.fleet is not None:
        try:
            live = page.service.fleet.live(health.device)
        except UnknownDevice:
            live = None
        reading = page.words.kg(live.kg) if live is not None and live.kg is not None else ""
    return DeviceView(
        id=health.device,
        kind=health.kind,
        state=health.state,
        point=show.point(health.point),
        protocol=health.protocol,
        url=health.url,
        last_seen=health.last_frame,
        last_reading=reading,
        trouble="" if health.ok and health.remedy == "none" else health.sentence,
        advice=page.words.gettext(ADVICE.get(health.remedy, "")) if health.remedy != "none" else "",
        firmware=health.firmware,
        rate=page.words.number(Decimal(str(health.frame_rate))) if health.frame_rate else "",
        reconnects=health.counters.reconnects,
        verified_until=until,
        verification_late=until is not None and until < page.now.date(),
        frames=health.counters.frames,
        noise=health.counters.bad_check + health.counters.bad_format + health.counters.truncated,
    )


def _enrolled(show: CargoShower, device: Device) -> DeviceView:
    state = "live" if device.token_hash is not None else "unknown"
    return DeviceView(
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
    link = f"{base}/enrol/{code}"
    return _enrol_page(page, qr=qr(link, name), link=link, device=name, until=now + access.CODE_LIFETIME)


def _enrolling(page: Page, code: str, *, status: int = 200, **context: Any) -> Response:
    base = str(page.request.base_url).rstrip("/")
    shown: dict[str, Any] = {"token": "", "device": "", "point": "", "code": code, "server": base, **context}
    with page.service.reading() as reader:
        waiting = reader.people.enrolment(access.hash_token(code))
        device = reader.devices.get(waiting.subject.partition(":")[2]) if waiting is not None else None
    shown["display"] = device is not None and device.kind == displays.KIND
    return page.html("enrolling.html", status=status, **shown)


@router.get("/enrol/{code}")
def get_enrolling(page: AnyPage, code: str) -> Response:
    """The page behind the QR code of a device: nothing is spent until somebody on that device says so."""
    return _enrolling(page, code[:200])


@router.post("/enrol/{code}")
async def post_enrolling(
    page: AnyPage, code: str, keep: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """Spend the one-time code; the token is shown once, or kept in this browser, which then is a station."""
    if not same_origin(page.request):
        raise Problem(403, "csrf", "Open the link again and send the form from there.")
    now = page.now
    enrolled = await page.service.write(lambda books: access.enrol_device(books, code, now))
    if enrolled is None:
        await page.service.write(lambda books: access.note_bad_code(books, now))
        answer = vm.Answer("refused", page.words.gettext(BAD_CODE))
        return _enrolling(page, code[:200], status=403, answer=answer)
    device, token = enrolled
    if device.kind == displays.KIND:
        shown = RedirectResponse("/wall", 303)
        keep_display(page, shown, token)
        return shown
    if keep:
        kept = RedirectResponse("/badge", 303)
        secure = page.service.settings.server.tls
        kept.set_cookie(
            STATION_COOKIE, token, max_age=365 * 86400, httponly=True, samesite="strict", secure=secure
        )
        return kept
    place = page.service.settings.point(device.point) if device.point else None
    response = _enrolling(page, "", token=token, device=device.id, point=place.name if place else "")
    response.headers["Cache-Control"] = "no-store"
    return response


def qr(text: str, label: str) -> Markup:
    """A QR symbol as inline SVG, drawn with rectangles (no style attribute, so that the content policy holds)."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = symbol.to_svg(add_quiet_zones=True)
    body = drawn[drawn.index("<svg") :]
    size = re.match(r'<svg width="([0-9]+)" height="([0-9]+)"', body)
    box = f'viewBox="0 0 {size[1]} {size[2]}" ' if size else ""  # without one it does not grow with its frame
    named = body.replace("<svg ", f'<svg role="img" aria-label="{html.escape(label)}" {box}', 1)
    return Markup(named)  # noqa: S704 - drawn by us, the label escaped


@router.get("/devices/{device_id}")
def get_device(page: MyPage, device_id: str, before: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One device: how it is, and what it told and was told, the newest first."""
    page.insist(Right.READ_DEVICES)
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        health = page.service.fleet.health() if page.service.fleet else []
        found = next((_configured(page, show, item) for item in health if item.device == device_id), None)
        enrolled = reader.devices.get(device_id)
        if found is None and enrolled is not None:
            found = _enrolled(show, enrolled)
        told = reader.history(f"device:{device_id}", number_of(before), TOLD_PART)
        if found is None and not told:
            raise not_found("device", device_id)
        readings = [_told(page, entry) for entry in told]
        return page.html(
            "device.html",
            d=found or DeviceView(device_id, "station", "unknown"),
            readings=readings,
            older=told[-1].seq if len(told) == TOLD_PART else None,
            seq=reader.head().seq,
        )


def _told(page: Page, entry: Entry) -> DeviceTold:
    """One entry; what it says of persons only for those who may read it."""
    words, data = page.words, entry.data
    hidden = entry.type == "PassportRead" and not page.may(Right.READ_PERSONS)
    concerns = [
        (subject.partition(":")[2], HOMES[subject.partition(":")[0]] + subject.partition(":")[2])
        for subject in data.get("concerns") or ()
        if subject.partition(":")[0] in HOMES
    ]
    return DeviceTold(
        seq=entry.seq,
        at=entry.at,
        title=words.gettext(word("event", entry.type)),
        detail=telling.detail(entry, words),
        fault=str(data.get("fault") or ""),
        concerns=tuple(concerns),
        figures=() if hidden else telling_devices.everything(data.get("fields") or {}),
        raw="" if hidden else raw_shown(data),
    )


def raw_shown(data: Mapping[str, Any]) -> str:
    """The frame as people read frames: hexadecimal bytes with spaces; a long one by the name of its file."""
    if data.get("raw_sha256"):
        return f"sha256 {data['raw_sha256']}"
    raw = str(data.get("raw") or "")[:512]
    return " ".join(raw[at : at + 2] for at in range(0, len(raw), 2)).upper()


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
