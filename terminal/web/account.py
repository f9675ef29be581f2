"""Your account: second factors, PIN, and where you are signed in."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal import access, badges, second, sessions, totp
from terminal.access import Caller
from terminal.api.factors import keep_app, offered_key
from terminal.api.session import insist_on_patience
from terminal.store.factors import PASSKEY, RECOVERY, TOTP, Factors
from terminal.store.people import Person
from terminal.web import view_models as vm
from terminal.web.context import WRONG_PASSWORD, MyPage, Page
from terminal.web.devices import qr
from terminal.web.i18n import N_
from terminal.web.proving import passkeys_here
from terminal.web.view_models_people import FactorView

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
HOME = "/account"
FIRST = N_("First prove who you are, with your password, a code or a passkey.")
BAD_CODE = N_("The code is not the one that the app shows now. Scan the new symbol and try again.")
LAST_ONE = N_("Your role needs a second factor. Add another one before you remove this.")
PROVED = N_("Proved.")
REMOVED = N_("Removed.")
ENDED = N_("Ended.")
PIN_SET = N_("The PIN is set.")
PIN_WHY = {
    "pin_digits": N_("A PIN has four to eight digits."),
    "pin_easy": N_("This PIN is too easy to guess."),
}


def _me(page: Page) -> tuple[Person, Caller]:
    caller = page.caller
    assert caller is not None
    with page.service.reading() as reader:
        person = reader.people.get(page.actor.id)
    assert person is not None
    return person, caller


def _may_change(page: Page, caller: Caller) -> bool:
    """True when this session may change how its person signs in: it proved itself, or has nothing else to do."""
    return caller.limited == "enrol" or page.proven


@router.get("/account")
def get_account(page: MyPage) -> Response:
    """How you sign in, and where you are signed in."""
    person, caller = _me(page)
    if caller.limited == "badge":
        return RedirectResponse("/badge", 303)
    with page.service.reading() as reader:
        kept = Factors(reader).of(person.id, TOTP, PASSKEY, RECOVERY)
        rows = sessions.shown(reader, person.id, page.now, caller.session)
    factors = [
        FactorView(one.id, one.kind, one.name, one.created_at, one.used_at)
        for one in kept
        if one.kind != RECOVERY
    ]
    return page.html(
        "account.html",
        factors=factors,
        codes_left=sum(one.kind == RECOVERY for one in kept),
        sessions=rows,
        missing=caller.limited == "enrol",
        passkeys_here=passkeys_here(page),
    )


@router.post("/account/prove")
async def post_prove(page: MyPage, password: Text = "") -> Response:
    """Prove who you are; it counts for five minutes."""
    if not await page.proved(password, "account"):
        return page.sorry(WRONG_PASSWORD, HOME)
    return page.after(vm.Answer("accepted", page.words.gettext(PROVED)), HOME)


@router.post("/account/app")
async def post_app(page: MyPage) -> Response:
    """A new key for an authenticator app, as a symbol."""
    person, caller = _me(page)
    if caller.limited == "badge" or not _may_change(page, caller):
        return page.sorry(FIRST, HOME)
    key, offer = second.begin_totp(page.service.secret, person.id)
    address = totp.address(key, person.login, page.service.settings.terminal.name)
    sealed = base64.urlsafe_b64encode(offer).decode()
    return page.html(
        "account_app.html", qr=qr(address, "QR"), key=" ".join(_fours(key)), offer=sealed, codes=()
    )


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


@router.post("/account/app/confirm")
async def post_app_confirm(page: MyPage, offer: Text = "", code: Text = "", name: Text = "") -> Response:
    """Keep the app that shows the right code, and show the recovery codes once."""
    person, caller = _me(page)
    if caller.limited == "badge" or not _may_change(page, caller):
        return page.sorry(FIRST, HOME)
    insist_on_patience(page.request, page.service)
    key = offered_key(page.service, person, offer)
    codes = await keep_app(page.service, person, caller, key, code, name[:60].strip()) if key else None
    if codes is None:
        return page.sorry(BAD_CODE, HOME)
    response = page.html("account_app.html", codes=codes)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/account/factors/{identity}/remove")
async def post_remove(page: MyPage, identity: str) -> Response:
    """Take an app or a passkey away."""
    person, caller = _me(page)
    if caller.limited is not None or not page.proven:
        return page.sorry(FIRST, HOME)
    now, must = page.now, page.service.settings.second_factor
    gone = await page.service.write(
        lambda books: second.drop_factor(books, person, identity, must, person.id, now)
    )
    if not gone:
        return page.sorry(LAST_ONE, HOME)
    return page.after(vm.Answer("accepted", page.words.gettext(REMOVED)), HOME)


@router.post("/account/pin")
async def post_pin(page: MyPage, pin: Text = "") -> Response:
    """Set the PIN for the badge."""
    person, caller = _me(page)
    if caller.limited is not None or not page.proven:
        return page.sorry(FIRST, HOME)
    if (why := badges.unfit_pin(pin)) is not None:
        return page.sorry(PIN_WHY[why], HOME)
    hashed, now = await run_in_threadpool(access.hash_password, pin), page.now
    await page.service.write(lambda books: badges.set_pin(books, person.id, hashed, now))
    return page.after(vm.Answer("accepted", page.words.gettext(PIN_SET)), HOME)


@router.post("/account/sessions/end-others")
async def post_end_others(page: MyPage) -> Response:
    """End all sessions but this one."""
    person, caller = _me(page)
    if caller.limited == "badge":
        return RedirectResponse("/badge", 303)
    now, own = page.now, caller.session
    await page.service.write(lambda books: sessions.end_others(books, person.id, own, person.id, now))
    return page.after(vm.Answer("accepted", page.words.gettext(ENDED)), HOME)


@router.post("/account/sessions/{name}/end")
async def post_end(page: MyPage, name: str) -> Response:
    """End one session."""
    person, caller = _me(page)
    if caller.limited == "badge":
        return RedirectResponse("/badge", 303)
    now = page.now
    await page.service.write(lambda books: sessions.end(books, person.id, name, person.id, now))
    return page.after(vm.Answer("accepted", page.words.gettext(ENDED)), HOME)
