"""From a view-model to bytes: Jinja environments, static addresses, the headers every page carries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from terminal.store.ids import uuid7
from terminal.web import i18n, wording
from terminal.web.navigation import navigation
from workflows.roles import RIGHTS, Right, Role

STATIC_DIR = Path(__file__).resolve().parent / "static"
STATIC_URL = "/static"

_CSP = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' blob:{images}; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class Person(Protocol):
    """The signed-in person, as much of them as a page needs."""

    @property
    def id(self) -> str:
        """Identity, for links."""

    @property
    def name(self) -> str:
        """Name as shown in the corner of the page."""

    @property
    def roles(self) -> Collection[str]:
        """Roles (values of workflows.roles.Role)."""


def page_headers(*, wasm: bool = False, drawn: bool = False) -> dict[str, str]:
    """Headers of every page: nothing inline runs, nothing foreign loads, nothing is cached.

    ``wasm`` lets the page compile WebAssembly (the in-page barcode reader) and use the camera. ``drawn`` is for the
    one page that another program draws (the API's): its style sheet holds pictures of its own.
    """
    return {
        "Content-Security-Policy": _CSP.format(
            wasm=" 'wasm-unsafe-eval'" if wasm else "",
            images=" data:" if drawn else "",
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": f"camera=({'self' if wasm else ''}), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


@lru_cache(maxsize=1)
def static_build() -> str:
    """A short hash over every static file: part of their addresses, so that they can be cached for ever."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_DIR.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC_DIR).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def static(name: str) -> str:
    """The address of a static file, with the build in its path (modules import each other relatively)."""
    return f"{STATIC_URL}/{static_build()}/{name}"


def _icon(name: str, css: str = "") -> Markup:
    return Markup(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    ).format(css, static("vendor/icons.svg"), name)


def _code(value: object) -> Markup:
    """An identifier (SSCC, plate, number): monospaced, always left to right, never broken by the bidi algorithm."""
    return Markup('<bdi class="code" dir="ltr">{}</bdi>').format(value)


def _sscc(value: object) -> Markup:
    """An SSCC in groups that can be read aloud; the machine-readable digits stay in one piece for copying."""
    text = str(value)
    if len(text) != 18 or not text.isdigit():
        return _code(text)
    parts = (text[:1], text[1:8], text[8:17], text[17:])
    spans = Markup("").join(Markup("<span>{}</span>").format(part) for part in parts)
    return Markup('<bdi class="code sscc" dir="ltr">{}</bdi>').format(spans)


@pass_context
def _query(context: Context, **changes: object) -> str:
    """The page's own query string with some parameters changed; None removes one."""
    from urllib.parse import urlencode  # noqa: PLC0415 - only list pages need it

    current: dict[str, object] = dict(context.get("query") or {})
    current.update(changes)
    return "?" + urlencode({key: value for key, value in current.items() if value not in (None, "")})


@lru_cache(maxsize=8)
def environment(code: str) -> Environment:
    """The templates in one language. Macros see the language too, because it lives in the environment."""
    words = i18n.words(code)
    env = Environment(
        loader=PackageLoader("terminal.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        lang=words.language.code,
        lang_html=words.language.html,
        dir=words.language.dir,
        languages=i18n.LANGUAGES,
        static=static,
        icon=_icon,
        query_with=_query,
        word=lambda kind, value: words.gettext(wording.word(kind, str(value))),
        choices=lambda kind: [(v, words.gettext(label)) for v, label in wording.CHOICES[kind].items()],
        mark=wording.MARKS.get,
        nonce=lambda: str(uuid7()),
    )
    env.filters.update(
        number=words.number,
        kg=words.kg,
        tonnes=words.tonnes,
        date=words.date,
        time=words.time,
        datetime=words.datetime,
        kabul=words.in_kabul().datetime,
        duration=words.duration,
        code=_code,
        sscc=_sscc,
        lines=lambda text: Markup("<br>").join(escape(line) for line in str(text).splitlines()),
        iso=lambda value: value.isoformat() if value else "",
        attr_json=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    )
    return env


def render(
    template: str,
    *,
    lang: str,
    path: str = "/",
    user: Person | None = None,
    csrf_token: str = "",
    theme: str = "",
    demo: bool = False,
    query: Mapping[str, object] | None = None,
    **context: Any,
) -> str:
    """One template as text. ``path`` is the address of the page, for the navigation and the language links."""
    env = environment(lang)
    return env.get_template(template).render(
        user=user,
        csrf_token=csrf_token,
        path=path,
        query=dict(query or {}),
        theme=theme if theme in ("light", "dark") else "",
        demo=demo,
        live=bool(user and RIGHTS[Right.READ_BOARD] & {Role(role) for role in user.roles}),
        may_complain=bool(user and RIGHTS[Right.RECORD_COMPLAINT] & {Role(role) for role in user.roles}),
        may_open=bool(user and RIGHTS[Right.READ_CONSIGNMENTS] & {Role(role) for role in user.roles}),
        nav=navigation(user.roles if user else (), path, i18n.words(lang)),
        **context,
    )


def page(template: str, *, status: int = 200, wasm: bool = False, **context: Any) -> HTMLResponse:
    """A whole page as an answer, with its headers. ``context`` as in render()."""
    return HTMLResponse(render(template, **context), status_code=status, headers=page_headers(wasm=wasm))
