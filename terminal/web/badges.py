"""Badges: who works at a station, and printing a badge."""

from __future__ import annotations

import html
from typing import Annotated

import zxingcpp
from fastapi import APIRouter, Form
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from terminal import access, badges
from terminal.api.badges import begin_work
from terminal.api.last_known import STATION_COOKIE
from terminal.api.needs import same_origin
from terminal.api.problems import Problem, not_found
from terminal.api.session import insist_on_patience, keep_session
from terminal.store.devices import Device
from terminal.web.context import AnyPage, MyPage, Page
from terminal.web.devices import qr
from terminal.web.i18n import N_
from terminal.web.view_models import Answer
from workflows.roles import Right

router = APIRouter()
Text = Annotated[str, Form(max_length=80)]
WRONG = N_("The badge is not known here, or the PIN is wrong.")
WAIT = N_("Too many wrong PINs. Wait a few minutes, or sign in with your password.")
NOT_FLOOR = N_("Your role has no work at stations. Sign in with your password.")


async def station_of(page: Page) -> Device | None:
    """The enrolled station that this browser is; None for every other browser."""
    token = page.request.cookies.get(STATION_COOKIE)
    if not token:
        return None

    def look() -> Device | None:
        with page.service.reading() as reader:
            found = access.caller_of_token(reader, token)
        return found.device if found is not None else None

    return await run_in_threadpool(look)


def _page(page: Page, station: Device | None, status: int = 200, sentence: str = "") -> Response:
    caller = page.caller
    working = caller.name if caller is not None and caller.limited == "badge" else ""
    answer = Answer("refused", page.words.gettext(sentence)) if sentence else None
    return page.html(
        "badge_in.html",
        status=status,
        station=station.id if station else "",
        working=working,
        answer=answer,
    )


@router.get("/badge")
async def get_badge(page: AnyPage) -> Response:
    """Who works at this station: scan a badge, type a PIN."""
    return _page(page, await station_of(page))


@router.post("/badge")
async def post_badge(page: AnyPage, badge: Text = "", pin: Text = "") -> Response:
    """Begin to work at this station; whoever worked here before does so no longer."""
    if not same_origin(page.request):
        raise Problem(403, "csrf", "Scan the badge on the page of this station.")
    station = await station_of(page)
    if station is None:
        return _page(page, None, 403)
    insist_on_patience(page.request, page.service)
    result = await begin_work(page.service, page.request, station, badge, pin)
    if result.token is None:
        sentence = {"locked": WAIT, "role": NOT_FLOOR}.get(result.why or "", WRONG)
        return _page(page, station, 429 if result.why == "locked" else 401, sentence)
    response = RedirectResponse("/", 303)
    await keep_session(page.request, page.service, response, result.token)
    return response


def bars(text: str) -> Markup:
    """The Code 128 symbol of a text as inline SVG, for wedge scanners at stations."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    drawn = symbol.to_svg(add_quiet_zones=True)
    body = drawn[drawn.index("<svg") :].replace(' id="barcode"', "")
    label = html.escape("Code 128")
    return Markup(body.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))  # noqa: S704 -- drawn here


@router.post("/people/{identity}/badge")
async def post_give(page: MyPage, identity: str) -> Response:
    """Give a person a badge; the page to print is shown once."""
    page.insist(Right.MANAGE_PEOPLE)
    with page.service.reading() as reader:
        person = reader.people.get(identity)
    if person is None:
        raise not_found("person", identity)
    now, by = page.now, page.actor.id
    code = await page.service.write(lambda books: badges.give(books, person, by, now))
    response = page.html(
        "badge.html",
        id=person.id,
        name=person.name,
        terminal=page.service.settings.terminal.name,
        qr=qr(code, "QR"),
        bars=bars(code),
    )
    response.headers["Cache-Control"] = "no-store"
    return response
