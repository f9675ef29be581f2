"""The situation board for a wall: the whole terminal on one screen that nobody touches, live, without a word of risk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response

from devices.config import Scale
from terminal import access, displays
from terminal.reports.today import Following
from terminal.store.devices import Device
from terminal.store.reader import Reader
from terminal.web.context import AnyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing import CONSIGNMENT_WAY, minutes, targets
from terminal.web.showing_cargo import CargoShower
from terminal.web.view_models_wall import Alert, Dwell, HeldBy, Wall, Watched
from terminal.web.wording import word
from workflows.discretion import secret
from workflows.roles import Actor, Right
from workflows.stages import Stage
from workflows.state import Authority, Hold, HoldSeverity

router = APIRouter()
#: what a wall has room for
_ALERTS = 6
#: of a stage are looked at to count those over target; open holds that are counted
_LOOKED, _HOLDS = 200, 2000
_AGES = (4 * 60, 24 * 60, 3 * 24 * 60)
_WAY = tuple(stage for stage in CONSIGNMENT_WAY if stage is not Stage.CLOSED)
_QUEUES = (
    Stage.GATE_IN,
    Stage.WEIGH_IN,
    Stage.UNLOAD,
    Stage.LOAD,
    Stage.SEAL,
    Stage.WEIGH_OUT,
)
_OVER = N_("%(stage)s: %(num)s over target")
_GRAVE = {"stop": 0, "look": 1, "hold": 2, "note": 3}


def following(page: Page) -> Following:
    """The one that follows the day for all walls of this terminal."""
    state = page.request.app.state
    if not hasattr(state, "following"):
        state.following = Following()
    found: Following = state.following
    return found


def wall(page: Page, reader: Reader, who: Actor) -> Wall:
    """Everything on the wall. Holds that tell what somebody suspects are nowhere on it, whoever looks: walls have guests."""
    counted = reader.counters("consignment.stage")
    visits = reader.counters("visit.stage")
    inside = reader.visits_inside()
    held = [line.hold for line in reader.holds_open(limit=_HOLDS) if not secret(line.hold)]
    stages = tuple(_consignments(page, reader, stage, counted.get(stage.value, 0)) for stage in _WAY)
    queues = tuple(
        _dwell(page, reader, stage, [line.since for line in inside if line.stage is stage])
        for stage in _QUEUES
    )
    devices = _devices(page, reader) if who.may(Right.READ_DEVICES) else None
    alerts = sorted(
        _alerts(page, reader, who, stages, queues, held, devices or ()), key=lambda one: _GRAVE[one.tone]
    )
    return Wall(
        seq=reader.head().seq,
        at=page.now,
        inside=len(inside),
        expected=visits.get(Stage.PRE_ADVICE.value, 0),
        ready=sum(1 for line in inside if line.stage is Stage.WEIGH_OUT),
        open_holds=len(held),
        blocked=sum(1 for hold in held if hold.severity is HoldSeverity.BLOCK),
        today=following(page).today(reader, page.now),
        stages=stages,
        queues=queues,
        holds=_by_authority(page, held),
        alerts=tuple(alerts[:_ALERTS]),
        devices=devices,
        more_alerts=max(0, len(alerts) - _ALERTS),
    )


def _consignments(page: Page, reader: Reader, stage: Stage, count: int) -> Dwell:
    waiting = reader.consignments_at(stage, limit=_LOOKED) if count else []
    found = _dwell(page, reader, stage, [line.since for line in waiting])
    return Dwell(found.stage, count, found.late, found.longest, found.target)


def _dwell(page: Page, reader: Reader, stage: Stage, since: list[datetime]) -> Dwell:
    target = targets(page, reader).get(stage.value)
    stood = [minutes(at, page.now) for at in since]
    late = sum(1 for one in stood if target is not None and one > target)
    longest = max(stood, default=None) if target is not None else None
    return Dwell(stage.value, len(stood), late, longest, target)


def _by_authority(page: Page, held: Iterable[Hold]) -> tuple[HeldBy, ...]:
    ages: dict[Authority, list[int]] = defaultdict(list)
    for hold in held:
        ages[hold.authority].append(minutes(hold.placed_at, page.now))
    rows = []
    for authority, found in ages.items():
        parts = [sum(1 for age in found if sum(age >= limit for limit in _AGES) == n) for n in range(4)]
        rows.append(HeldBy(authority.value, (parts[0], parts[1], parts[2], parts[3]), max(found)))
    return tuple(sorted(rows, key=lambda row: (-row.total, row.authority)))


def _devices(page: Page, reader: Reader) -> tuple[Watched, ...]:
    show = CargoShower(page, reader)
    health = page.service.fleet.health() if page.service.fleet else []
    return tuple(Watched(one.device, one.kind, one.state, show.point(one.point)) for one in health)


def _alerts(
    page: Page,
    reader: Reader,
    who: Actor,
    stages: Iterable[Dwell],
    queues: Iterable[Dwell],
    held: Iterable[Hold],
    devices: Iterable[Watched],
) -> Iterable[Alert]:
    words = page.words
    for device in devices:
        if device.state in ("no_link", "odd_data", "failed", "no_data"):
            what = f"{device.id}: {words.gettext(word('device_state', device.state))}"
            tone = "look" if device.state == "no_data" else "stop"
            yield Alert(tone, "cpu", what, f"/devices/{device.id}", device.point)
    if who.may(Right.READ_DEVICES):
        for scale in page.service.settings.devices:
            if isinstance(scale, Scale) and scale.verified_until and scale.verified_until < page.now.date():
                said = words.gettext(N_("%(scale)s: the verification has run out")) % {"scale": scale.id}
                yield Alert("stop", "scale", said, f"/devices/{scale.id}", words.date(scale.verified_until))
    blocks = [hold for hold in held if hold.severity is HoldSeverity.BLOCK]
    if blocks:
        said = words.ngettext(
            "%(num)s hold blocks everything", "%(num)s holds block everything", len(blocks)
        ) % {"num": words.number(len(blocks))}
        oldest = words.duration(max(minutes(hold.placed_at, page.now) for hold in blocks))
        yield Alert("stop", "ban", said, "/holds?show=blocks", oldest)
    for href, icon, rows in (
        ("/visits", "truck", queues),
        ("/consignments?stage=", "boxes", stages),
    ):
        for row in rows:
            if row.late:
                stage = words.gettext(word("stage", row.stage))
                said = words.gettext(_OVER) % {"stage": stage, "num": words.number(row.late)}
                where = href + row.stage if href.endswith("=") else href
                yield Alert("look", icon, said, where, words.duration(row.longest))
    if late := len(reader.desk.reviews_open(limit=100)):
        said = words.ngettext(
            "%(num)s late scan waits for a decision", "%(num)s late scans wait for a decision", late
        ) % {"num": words.number(late)}
        yield Alert("hold", "history", said, "/review")


def display_of(page: Page, reader: Reader) -> Device | None:
    """The display that this browser is; None for every other browser, and for one whose display was revoked."""
    token = page.request.cookies.get(displays.COOKIE)
    found = access.caller_of_token(reader, token) if token else None
    device = found.device if found is not None else None
    return device if device is not None and device.kind == displays.KIND else None


def _looks(page: Page, reader: Reader) -> tuple[Actor, bool]:
    """Who looks, and whether it is a display. Raises SignInFirst, or the 403 problem for a person without a board."""
    nobody = page.caller is None or not page.caller.is_person
    if nobody and (device := display_of(page, reader)) is not None:
        return displays.watcher(device), True
    page.insist(Right.READ_BOARD)
    return page.actor, False


@router.get("/wall")
def get_wall(page: AnyPage) -> Response:
    """The board for a wall: for somebody with a board, or a screen that was made a display."""
    with page.service.reading() as reader:
        who, alone = _looks(page, reader)
        made = page.html("wall.html", wall=wall(page, reader, who), alone=alone)
    if alone:
        keep_display(page, made, page.request.cookies[displays.COOKIE])
    return made


def keep_display(page: Page, response: Response, token: str) -> None:
    """Make the browser a display, or leave it one for another year."""
    response.set_cookie(
        displays.COOKIE,
        token,
        max_age=displays.KEPT_S,
        path="/wall",
        httponly=True,
        samesite="strict",
        secure=page.service.settings.server.tls,
    )


@router.get("/wall/live")
def get_live(page: AnyPage) -> Response:
    """What of it changes."""
    with page.service.reading() as reader:
        who, _ = _looks(page, reader)
        return page.fragment("wall_live.html", wall=wall(page, reader, who))
