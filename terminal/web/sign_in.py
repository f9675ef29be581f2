"""Signing in and out, first passwords, and the choices of language and colours."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal import access, second
from terminal.access import hash_password, weak_password
from terminal.api.needs import LANGUAGE_COOKIE, SESSION_COOKIE, same_origin
from terminal.api.problems import Problem
from terminal.api.session import insist_on_patience, keep_session
from terminal.api.session import sign_in as try_sign_in
from terminal.demo.people import PASSWORD
from terminal.store.people import Person
from terminal.web.context import THEME_COOKIE, AnyPage, MyPage, Page, cookie, local
from terminal.web.i18n import LANGUAGES, N_
from terminal.web.proving import passkeys_here
from terminal.web.view_models import Answer, PersonView

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]

WRONG = N_("User name or password is wrong.")
WRONG_CODE = N_("The code is wrong, or was used before.")
TOO_LATE = N_("This sign-in has ended. Begin again.")
LOCKED = N_("Too many wrong passwords. Wait a few minutes and try again.")
BAD_CODE = N_("This link was used already or has ended. Ask the administrator for a new one.")
WEAK = {
    "too_short": N_("This password is too short."),
    "too_easy": N_("This password is too easy to guess."),
}
DIFFERENT = N_("The two passwords differ. Type the same one twice.")


def _demo_people(page: Page) -> list[PersonView]:
    if not page.service.settings.demo:
        return []
    with page.service.reading() as reader:
        people = reader.people.all()
    return [
        PersonView(p.id, p.name, p.login, tuple(sorted(role.value for role in p.roles)))
        for p in people
        if p.active and p.roles
    ]


@router.get("/sign-in")
def get_sign_in(page: AnyPage, next: Annotated[str, Query(max_length=400)] = "/") -> Response:
    """The sign-in page; somebody who is signed in goes on."""
    if page.caller is not None and page.caller.is_person:
        return RedirectResponse(local(next), 303)
    return sign_in_page(page, next)


@router.post("/sign-in")
async def post_sign_in(
    page: AnyPage,
    login: Text = "",
    password: Text = "",
    demo: Text = "",
    next: Annotated[str, Form(max_length=400)] = "/",
) -> Response:
    """Sign in with name and password; in the demo by choosing a person."""
    if not same_origin(page.request):
        raise Problem(403, "csrf", "Sign in from a page of this terminal.")
    insist_on_patience(page.request, page.service)
    if demo and page.service.settings.demo:
        login, password = demo, PASSWORD
    result = await try_sign_in(page.service, page.request, login, password)
    if result.token is None or result.person is None:
        if result.pending is not None:
            return second_page(page, result.pending, result.ways, next)
        sentence = LOCKED if result.why == "locked" else WRONG
        return sign_in_page(page, next, login, 429 if result.why == "locked" else 401, sentence)
    return await signed_in(page, result.token, result.person, next)


async def signed_in(page: Page, token: str, person: Person, next: str) -> Response:
    """Go on, signed in; first to the account for those who still lack a second factor."""
    must = person.roles & page.service.settings.second_factor
    with page.service.reading() as reader:
        bare = bool(must) and not access.ways_of(reader, person.id)
    response = RedirectResponse("/account" if bare else local(next), 303)
    await keep_session(page.request, page.service, response, token)
    return response


def sign_in_page(page: Page, next: str, login: str = "", status: int = 200, sentence: str = "") -> Response:
    """The sign-in page, with what was wrong the last time."""
    oidc = page.service.settings.oidc
    more: dict[str, Any] = {"answer": Answer("refused", page.words.gettext(sentence))} if sentence else {}
    return page.html(
        "sign_in.html",
        status=status,
        next=local(next),
        login=login,
        demo_people=_demo_people(page),
        passkeys_here=passkeys_here(page),
        other=oidc.name if oidc.on else "",
        **more,
    )


def second_page(page: Page, pending: str, ways: Collection[str], next: str, sentence: str = "") -> Response:
    """The page for the second half of a sign-in."""
    more: dict[str, Any] = {"answer": Answer("refused", page.words.gettext(sentence))} if sentence else {}
    return page.html(
        "second.html", status=401 if sentence else 200, pending=pending, ways=ways, next=local(next), **more
    )


@router.post("/sign-in/second")
async def post_second(
    page: AnyPage,
    pending: Text = "",
    code: Text = "",
    next: Annotated[str, Form(max_length=400)] = "/",
) -> Response:
    """The second half of a sign-in: a code of the app, or a recovery code."""
    if not same_origin(page.request):
        raise Problem(403, "csrf", "Sign in from a page of this terminal.")
    insist_on_patience(page.request, page.service)
    now, secret, idle = page.now, page.service.secret, page.service.idle
    result = await page.service.write(
        lambda books: second.finish_with_code(books, secret, pending, code, now, idle)
    )
    if result.token is not None and result.person is not None:
        return await signed_in(page, result.token, result.person, next)
    if result.why == "wrong" and result.person is not None:
        with page.service.reading() as reader:
            ways = access.ways_of(reader, result.person.id)
        return second_page(page, pending, ways, next, WRONG_CODE)
    sentence = LOCKED if result.why == "locked" else TOO_LATE
    return sign_in_page(page, next, "", 429 if result.why == "locked" else 401, sentence)


@router.post("/sign-out")
async def post_sign_out(page: MyPage) -> Response:
    """End the session."""
    caller, now = page.caller, page.now
    if caller is not None and caller.session is not None:
        session, person = caller.session, caller.actor.id
        await page.service.write(lambda books: access.sign_out(books, session, person, now))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def _set_password_page(
    page: Page, answer: Answer | None, errors: dict[str, str], status: int = 200
) -> Response:
    return page.html("set_password.html", status=status, answer=answer, errors=errors)


@router.get("/setup/{code}")
def get_setup(page: AnyPage, code: str) -> Response:
    """The page behind a one-time link: choose a password."""
    return _set_password_page(page, None, {})


@router.post("/setup/{code}")
async def post_setup(page: AnyPage, code: str, password: Text, again: Text) -> Response:
    """Spend the one-time link for a password, and sign in with it."""
    if not same_origin(page.request):
        raise Problem(403, "csrf", "Open the link again and send the form from there.")
    say = page.words.gettext
    if password != again:
        return _set_password_page(page, None, {"again": say(DIFFERENT)}, 422)
    now = page.now
    with page.service.reading() as reader:
        whose = access.person_of_code(reader, code, now)
    known = (whose.login, whose.name, whose.organisation or "") if whose else ()
    if (why := weak_password(password, *known)) is not None:
        return _set_password_page(page, None, {"password": say(WEAK[why])}, 422)
    hashed = await run_in_threadpool(hash_password, password)
    person = await page.service.write(lambda books: access.set_password(books, code, hashed, now))
    if person is None:
        return _set_password_page(page, Answer("refused", say(BAD_CODE)), {}, 403)
    result = await try_sign_in(page.service, page.request, person.login, password)
    if result.token and result.person:
        return await signed_in(page, result.token, result.person, "/")
    if result.pending is not None:
        return second_page(page, result.pending, result.ways, "/")
    return RedirectResponse("/sign-in", 303)


@router.get("/language/{code}")
def get_language(page: AnyPage, code: str, next: Annotated[str, Query(max_length=400)] = "/") -> Response:
    """Choose a language for this browser."""
    response = RedirectResponse(local(next), 303)
    if code in LANGUAGES:
        cookie(response, LANGUAGE_COOKIE, code, secure=page.service.settings.server.tls)
    return response


@router.get("/theme/{name}")
def get_theme(page: AnyPage, name: str, next: Annotated[str, Query(max_length=400)] = "/") -> Response:
    """Choose dark or light colours for this browser."""
    response = RedirectResponse(local(next), 303)
    if name in ("dark", "light"):
        cookie(response, THEME_COOKIE, name, secure=page.service.settings.server.tls)
    return response
