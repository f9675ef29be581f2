"""What the program says of itself: whole lines, tied to requests and entries, without a secret or a person in them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from terminal import logs
from terminal.logs import JsonLines, Lines, Requests
from terminal.running import observed
from terminal.settings_logging import LoggingSettings
from terminal.store import url_in
from tests.support.app import HOST, Terminal, Voice, nonce, terminal_at


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("logs")
    with terminal_at(url_in(folder), folder) as running:
        yield running


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """Everything that is logged, as JSON lines."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    logging.getLogger("httpx").setLevel(logging.WARNING)  # our own client, not the terminal
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def lines(said: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


def ask(terminal: Terminal, app: Any, method: str, path: str, who: Voice, **more: Any) -> httpx.Response:
    """One request through what stands in front of the application."""

    async def once() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=HOST
        ) as client:
            return await client.request(
                method, path, headers={**who.headers, **more.pop("headers", {})}, **more
            )

    return terminal.do(once())


ON = LoggingSettings(format="json", requests=True)


def test_a_line_names_its_request_and_the_entries_that_came_of_it(
    terminal: Terminal, said: io.StringIO
) -> None:
    (label, *_) = terminal.announce("LOGGED-1", 2)
    app = Requests(terminal.app, ON)
    clerk = terminal.person("tally_clerk")
    body = {
        "nonce": nonce(),
        "code": label,
        "step": "TALLY",
        "point": "tally-1",
        "scanned_at": terminal.clock.now.isoformat(),
    }
    answer = ask(terminal, app, "POST", "/api/v1/scans", clerk, json=body)
    (line,) = [one for one in lines(said) if one["logger"] == "karvon.requests"]
    assert line["request"] == answer.headers["x-request-id"]
    assert line["events"] == [answer.json()["event"]]
    assert (line["method"], line["endpoint"], line["status"]) == ("POST", "/api/v1/scans", 200)
    assert line["ms"] >= 0
    assert line["at"].endswith("Z")
    own = ask(terminal, app, "GET", "/api/v1/session", clerk, headers={"x-request-id": "given-by-proxy-7"})
    assert own.headers["x-request-id"] == "given-by-proxy-7"
    told = [one for one in lines(said) if one["logger"] == "karvon.requests"]
    assert told[-1]["request"] == "given-by-proxy-7"


def test_no_line_holds_a_secret_or_a_person(
    terminal: Terminal, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Requests(terminal.app, ON)
    nobody, clerk = terminal.nobody(), terminal.person("document_officer")
    hand = terminal.device("logged-hand")
    secrets = [
        "wrong-password-9",
        "stolen-token-9",
        "75977CBA",
        "Ahmad Zahir",
        "AB1234567",
        "LINK-9",
        "REF-9",
    ]
    ask(
        terminal,
        app,
        "POST",
        "/api/v1/session",
        nobody,
        json={"login": "Ahmad Zahir", "password": secrets[0]},
    )
    ask(terminal, app, "GET", "/api/v1/session", nobody, headers={"authorization": "Bearer stolen-token-9"})
    ask(terminal, app, "GET", "/api/v1/public/truck?reference=REF-9&plate=75977CBA", nobody)
    ask(terminal, app, "GET", "/api/v1/handover/LINK-9", nobody)
    ask(terminal, app, "GET", "/consignments/REF-9", clerk)
    ask(
        terminal,
        app,
        "POST",
        "/api/v1/visits",
        clerk,
        json={"nonce": nonce(), "plate": "75977CBA", "x": "Ahmad Zahir"},
    )
    ask(terminal, app, "GET", "/api/v1/units/AB1234567", hand)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Ahmad Zahir, AB1234567, 75977CBA")

    monkeypatch.setattr("terminal.api.cargo.visible", broken)
    ask(terminal, app, "GET", "/api/v1/consignments/REF-9", clerk)
    text = said.getvalue()
    for one in (
        *secrets,
        clerk.headers["cookie"].partition("=")[2],
        hand.headers["authorization"].split()[1],
    ):
        assert one not in text, one
    told = lines(said)
    told = [one for one in told if one["logger"].startswith("karvon")]
    assert all({"at", "level", "logger", "message", "request"} <= set(one) for one in told)
    fault = next(one for one in told if one.get("error") == "RuntimeError")
    assert fault["place"][-1].endswith(" broken")
    assert "/api/v1/handover/{token}" in {one.get("endpoint") for one in told}


def written(formatter: logging.Formatter, message: str, *values: object) -> str:
    record = logging.LogRecord("karvon", logging.WARNING, "x", 1, message, values, None)
    return formatter.format(record)


@pytest.mark.parametrize(
    "evil", ["a\nZ INFO karvon: all is well", "\x1b[2J\x07", "\u2028\u202eabc", "\r\0\x9b31m"]
)
def test_nobody_adds_a_line_or_moves_the_screen(evil: str) -> None:
    for formatter in (Lines(), JsonLines()):
        line = written(formatter, "the label %s", evil)
        assert len(line.splitlines()) == 1
        assert line.isprintable()
    assert json.loads(written(JsonLines(), "%s", evil))["message"] == evil


def test_words_of_an_error_are_told_to_whoever_looks_for_one() -> None:
    try:
        raise ValueError("a value of somebody")
    except ValueError as error:
        record = logging.LogRecord(
            "karvon", logging.ERROR, "x", 1, "failed", (), (ValueError, error, error.__traceback__)
        )
    assert "a value of somebody" not in Lines().format(record)
    assert "ValueError" in Lines().format(record)
    assert "a value of somebody" in Lines(words=True).format(record)


class Span:
    """A span that remembers."""

    def __init__(self) -> None:
        self.name = ""
        self.said: dict[str, Any] = {}

    def update_name(self, name: str) -> None:
        self.name = name

    def set_attribute(self, key: str, value: Any) -> None:
        self.said[key] = value


class Spans:
    """A tracer that keeps its spans."""

    def __init__(self) -> None:
        self.all: list[Span] = []

    @contextmanager
    def start_as_current_span(self, name: str) -> Iterator[Span]:
        self.all.append(Span())
        yield self.all[-1]


def test_spans_are_made_only_where_asked_for(terminal: Terminal) -> None:
    assert observed(terminal.app, LoggingSettings()) is terminal.app, (
        "off by default, and nothing stands in between"
    )
    spans = Spans()
    app = Requests(terminal.app, LoggingSettings(), spans)
    answer = ask(terminal, app, "GET", "/api/v1/consignments?search=AB1234567", terminal.person("auditor"))
    (span,) = spans.all
    assert span.name == "GET /api/v1/consignments"
    assert span.said["http.response.status_code"] == 200
    assert span.said["karvon.request"] == answer.headers["x-request-id"]
    assert "AB1234567" not in str(span.said)
    real = observed(terminal.app, LoggingSettings(traces=True))
    assert ask(terminal, real, "GET", "/healthz", terminal.nobody()).status_code == 200, "without an exporter"


def test_the_server_speaks_as_configured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        logs.set_up(LoggingSettings(format="json", level="warning"))
        logging.getLogger("uvicorn.error").warning("from the server")
        logging.getLogger("karvon").info("not this")
    finally:
        root.handlers[:], _ = before
        root.setLevel(before[1])
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "from the server"
