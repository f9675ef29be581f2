"""Signing in and out, first passwords, and the choices of language and colours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal import access
from terminal.access import hash_password, weak_password
from terminal.api.needs import LANGUAGE_COOKIE, SESSION_COOKIE, same_origin
from terminal.api.problems import Problem
from terminal.api.session import keep_session
from terminal.api.session import sign_in as try_sign_in
from terminal.demo.people import PASSWORD
from terminal.web.context import THEME_COOKIE, AnyPage, MyPage, Page, cookie, local
from terminal.web.i18n import LANGUAGES, N_
from terminal.web.view_models import Answer, PersonView

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]

WRONG = N_("User name or password is wrong.")
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
    return page.html("sign_in.html", next=local(next), login="", demo_people=_demo_people(page))


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
    if demo and page.service.settings.demo:
        login, password = demo, PASSWORD
    result = await try_sign_in(page.service, page.request, login, password)
    if result.token is None or result.person is None:
        sentence = LOCKED if result.why == "locked" else WRONG
        return page.html(
            "sign_in.html",
            status=429 if result.why == "locked" else 401,
            answer=Answer("refused", page.words.gettext(sentence)),
            next=local(next),
            login=login,
            demo_people=_demo_people(page),
        )
    response = RedirectResponse(local(next), 303)
    keep_session(page.service, response, result.token)
    return response


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
    if (why := weak_password(password)) is not None:
        return _set_password_page(page, None, {"password": say(WEAK[why])}, 422)
    hashed = await run_in_threadpool(hash_password, password)
    now = page.now
    person = await page.service.write(lambda books: access.set_password(books, code, hashed, now))
    if person is None:
        return _set_password_page(page, Answer("refused", say(BAD_CODE)), {}, 403)
    result = await try_sign_in(page.service, page.request, person.login, password)
    response = RedirectResponse("/" if result.token else "/sign-in", 303)
    if result.token:
        keep_session(page.service, response, result.token)
    return response


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
