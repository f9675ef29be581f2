"""What every page handler gets: who looks, in which language, and how to answer with a page or a redirect."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from terminal import logs, step_up, texts, tokens
from terminal.access import Caller
from terminal.api.last_known import STATION_COOKIE
from terminal.api.needs import LANGUAGE_COOKIE, caller_of, service_of
from terminal.api.problems import not_permitted
from terminal.api.step_up import fresh, keep_proof
from terminal.cases.answers import Answer as Outcome
from terminal.cases.once import Request as Asked
from terminal.service import Service
from terminal.store.ids import uuid7
from terminal.web import i18n
from terminal.web.i18n import N_
from terminal.web.rendering import page_headers, render
from terminal.web.view_models import Answer
from workflows.roles import Actor, Right

THEME_COOKIE = "karvon_theme"
SAID_COOKIE = "karvon_said"
WRONG_PASSWORD = N_("The password is wrong, or too many were. Nothing was decided.")
_YEAR_S = 365 * 24 * 3600


class SignInFirst(Exception):  # noqa: N818 - not an error: a way to the sign-in page
    """Nobody is signed in; the handler in pages.py sends the browser to the sign-in page and back."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person, as the templates see them."""

    id: str
    name: str
    roles: frozenset[str]


def local(path: str | None) -> str:
    """A path on this server, whatever was asked for: never another host."""
    parts = urlsplit(path or "/")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith(("//", "/\\")):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def pack(answer: Answer) -> str:
    """An answer small enough for a cookie."""
    plain = json.dumps(
        [answer.verdict, answer.sentence, list(answer.next), answer.subject], ensure_ascii=False
    )
    return base64.urlsafe_b64encode(zlib.compress(plain.encode(), 9)).decode()


def unpack(text: str | None) -> Answer | None:
    """The answer in a cookie; None for none and for nonsense."""
    if not text:
        return None
    try:
        data = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text), 16384)
        verdict, sentence, steps, subject = json.loads(data)
    except (ValueError, zlib.error, TypeError):
        return None
    if verdict not in ("accepted", "already_done", "refused", "attention"):
        return None
    return Answer(verdict, str(sentence), tuple(str(step) for step in steps), str(subject))


@dataclass(frozen=True, slots=True)
class Page:
    """One request for a page."""

    request: Request
    service: Service
    caller: Caller | None

    # --- who and how ------------------------------------------------------------------------------
    @property
    def actor(self) -> Actor:
        """The signed-in person as the rules see them. Raises SignInFirst when there is none."""
        if self.caller is None or not self.caller.is_person:
            url = self.request.url
            raise SignInFirst(url.path + (f"?{url.query}" if url.query else ""))
        return self.caller.actor

    @property
    def lang(self) -> str:
        """The language to answer in."""
        return i18n.choose(
            cookie=self.request.cookies.get(LANGUAGE_COOKIE),
            user=self.caller.language if self.caller else None,
            accept=self.request.headers.get("accept-language"),
            terminal=self.service.settings.terminal.language,
        )

    @property
    def words(self) -> i18n.Words:
        """The catalogue of that language."""
        return i18n.words(self.lang)

    @property
    def now(self) -> datetime:
        """The service's clock, UTC."""
        return self.service.clock()

    def may(self, right: Right) -> bool:
        """True when the reader has the right."""
        return self.actor.may(right)

    def insist(self, *rights: Right) -> None:
        """Raises the 403 problem unless the reader has one of the rights."""
        if not any(self.may(right) for right in rights):
            raise not_permitted(rights[0].value)

    def asked(self, nonce: str | None, body: Mapping[str, Any], point: str | None = None) -> Asked:
        """The request that a form is, for a use case. A form without a nonce gets one."""
        return self.service.request(self.actor, nonce or str(uuid7()), dict(body), point=point)

    @property
    def proven(self) -> bool:
        """True when this session has proved anew, in the last minutes, who it belongs to."""
        return self.caller is not None and fresh(self.request, self.service, self.caller)

    async def proved(self, password: str, asked: str) -> bool:
        """True when the reader proves who they are: by this password or code of their app, or a moment ago.

        What is given is tried, even when it need not have been; a badge proves nothing.
        """
        caller = self.caller
        if caller is None or caller.session is None or caller.limited is not None:
            return False
        if not password:
            return self.proven
        if not await self.service.same_person(caller.actor.id, password, asked):
            return False
        until = self.now + step_up.LIFETIME
        self.request.state.proof = step_up.token(self.service.secret, caller.session, until)
        return True

    # --- answers ----------------------------------------------------------------------------------
    def fragment(self, template: str, **context: Any) -> HTMLResponse:
        """A template as an answer, with the common context."""
        return self._html(template, 200, wasm=False, **context)

    def html(self, template: str, *, status: int = 200, wasm: bool = False, **context: Any) -> HTMLResponse:
        """A page. ``answer`` defaults to what the last form said, shown once."""
        said = unpack(self.request.cookies.get(SAID_COOKIE))
        context.setdefault("answer", said)
        response = self._html(template, status, wasm=wasm, **context)
        if said is not None:
            response.delete_cookie(
                SAID_COOKIE, path="/", httponly=True, samesite="lax", secure=self.service.settings.server.tls
            )
        return response

    def in_language(self, lang: str, template: str, **context: Any) -> HTMLResponse:
        """A page in another language than the reader's: what is handed to somebody else."""
        return self._html(template, 200, wasm=False, lang=lang, **context)

    def _html(
        self, template: str, status: int, *, wasm: bool, lang: str | None = None, **context: Any
    ) -> HTMLResponse:
        person = self.caller if self.caller is not None and self.caller.is_person else None
        viewer = None
        token = ""
        if person is not None and person.session is not None:
            roles = frozenset(role.value for role in person.actor.roles)
            viewer = Viewer(person.actor.id, person.name, roles)
            token = tokens.csrf_token(self.service.secret, person.session)
        text = render(
            template,
            lang=lang or self.lang,
            path=self.request.url.path,
            user=viewer,
            csrf_token=token,
            theme=self.request.cookies.get(THEME_COOKIE, ""),
            query=dict(self.request.query_params),
            demo=self.service.settings.demo,
            proved=self.proven,
            **context,
        )
        return HTMLResponse(text, status, headers=page_headers(wasm=wasm))

    def say(self, outcome: Outcome, words: i18n.Words | None = None) -> Answer:
        """An answer of a use case in the reader's words, or in these."""
        said = texts.say(outcome, words or self.words)
        logs.happened(outcome.event)
        return Answer(outcome.verdict, said.sentence, said.next, self._subject(outcome.subject))

    def _subject(self, subject: str) -> str:
        """What people call it: a vehicle by its plate, everything else by its number."""
        kind, _, name = subject.partition(":")
        if kind == "visit":
            with self.service.reading() as reader:
                visit = reader.visit(name)
            if visit is not None:
                return visit.plate or visit.expected_plate or name
        return texts.subject_text(subject)

    def after(self, outcome: Outcome | Answer, path: str) -> Response:
        """After a form: to the page at ``path``, which shows what was said."""
        answer = outcome if isinstance(outcome, Answer) else self.say(outcome)
        response = RedirectResponse(local(path), 303)
        response.set_cookie(
            SAID_COOKIE,
            pack(answer),
            max_age=60,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.service.settings.server.tls,
        )
        if proof := getattr(self.request.state, "proof", ""):
            keep_proof(self.service, response, proof)
        return response

    def sorry(self, sentence: str, path: str) -> Response:
        """After a form that could not be asked: back, with a sentence (an English message id)."""
        return self.after(Answer("refused", self.words.gettext(sentence)), path)


async def page_of(request: Request) -> Page:
    """A page for somebody, or for nobody (sign-in)."""
    return Page(request, service_of(request), await caller_of(request))


async def signed_in(request: Request) -> Page:
    """A page for a signed-in person. Raises SignInFirst when there is none."""
    page = await page_of(request)
    _ = page.actor
    return page


def with_rights(*rights: Right) -> Callable[..., Any]:
    """A dependency: a page for a person with one of these rights. Raises SignInFirst or the 403 problem."""

    async def check(page: Annotated[Page, Depends(signed_in)]) -> Page:
        page.insist(*rights)
        return page

    return check


def is_station(page: Page) -> bool:
    """True in a browser that was made a station: it may keep what the station knows for the time without a connection."""
    return STATION_COOKIE in page.request.cookies


def cookie(response: Response, name: str, value: str, *, secure: bool) -> None:
    """Keep a preference for a year."""
    response.set_cookie(name, value, max_age=_YEAR_S, path="/", httponly=True, samesite="lax", secure=secure)


def sign_in_address(path: str) -> str:
    """The sign-in page that leads back to ``path``."""
    back = local(path)
    return "/sign-in" if back == "/" else f"/sign-in?next={quote(back, safe='')}"


AnyPage = Annotated[Page, Depends(page_of)]
MyPage = Annotated[Page, Depends(signed_in)]
