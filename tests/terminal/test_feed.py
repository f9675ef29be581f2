"""The feed to situation centres: told as it happens, signed, again until taken, and never of risk, persons or records' words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from terminal import feed
from terminal.settings_feed import WebhookSettings
from terminal.store import url_of
from tests.support.app import terminal_at
from tests.terminal.api.test_inspections import SEIZED


class Centre:
    """A situation centre that remembers what it was posted, and answers what it is told to."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        centre = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                centre.posts.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(centre.answers.pop(0) if centre.answers else 204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/karvon"

    def until(self, wanted: str) -> list[dict[str, Any]]:
        """Everything posted, when some post holds this."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if any(wanted in body.decode() for _, body in self.posts):
                return [json.loads(body) for _, body in self.posts]
            time.sleep(0.02)
        raise AssertionError(f"nothing with {wanted} came: {self.posts}")


@pytest.fixture
def centre() -> Iterator[Centre]:
    made = Centre()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_centre_is_told_what_happens_until_it_takes_it(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "GATHER_S", 0.01)
    monkeypatch.setattr(feed, "FIRST_WAIT_S", 0.01)
    hooks = [{"name": "centre", "to": centre.address}]
    with terminal_at(url_of(tmp_path / "karvon.sqlite3"), tmp_path, webhooks=hooks) as terminal:
        centre.until('"form"')
        centre.answers[:] = [500, 302, 503]  # not taken, whatever a redirect says
        terminal.announce("FEED-1")
        customs = terminal.person("customs_inspector")
        customs.must("/seizures", facts=SEIZED)
        said = {
            "subject": "consignment:FEED-1",
            "cause": "STOP",
            "text": "x",
            "complainant": {"name": "Karim"},
        }
        customs.must("/complaints", **said)
        customs.must("/holds", subject="consignment:FEED-1", reason="INTELLIGENCE", note="a tip")
        customs.must("/holds", subject="consignment:FEED-1", reason="SEAL", note="odd")
        terminal.announce("FEED-2")
        centre.until("consignment:FEED-2")
        secret = (tmp_path / "webhooks" / "centre.secret").read_text(encoding="ascii").strip()
        assert (tmp_path / "webhooks" / "centre.secret").stat().st_mode & 0o077 == 0
        deadline, well = time.monotonic() + 60, 'karvon_webhook_trouble{webhook="centre"} 0'
        while well not in (told := terminal.send("GET", "/metrics").text):
            assert time.monotonic() < deadline, told
            time.sleep(0.02)
        posts = centre.until("consignment:FEED-2")
    # every post proves whose it is
    for headers, body in centre.posts:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    # nothing is missed, and whoever remembers `upto` takes nothing twice
    taken: list[int] = []
    upto = posts[0]["after"]
    for post in posts:
        if post["upto"] > upto:
            taken += [entry["seq"] for entry in post["entries"] if entry["seq"] > upto]
            upto = post["upto"]
    assert taken == sorted(set(taken))
    with_types = {entry["type"] for post in posts for entry in post["entries"]}
    assert {"ConsignmentAnnounced", "HoldPlaced"} <= with_types
    # bare facts, and nothing that a situation centre is not told of
    text = " ".join(json.dumps(post) for post in posts)
    assert not with_types & {"SecurityEvent", "SeizureRecorded", "ComplaintRecorded", "ChecksRun"}
    for word in ("hashish", "Karim", "INTELLIGENCE", "a tip", "complaint:", "seizure:"):
        assert word not in text, word
    figures = posts[-1]["figures"]
    assert {"authority": "CUSTOMS", "reason": "SEAL", "open": 1} in figures["holds"]
    assert posts[-1]["form"] == "karvon-feed-1"


def test_where_it_broke_off_it_goes_on(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "GATHER_S", 0.01)
    one = WebhookSettings(name="centre", to=centre.address)
    with terminal_at(url_of(tmp_path / "karvon.sqlite3"), tmp_path, webhooks=[one.model_dump()]) as terminal:
        centre.until('"form"')
        kept, deadline = tmp_path / "webhooks" / "centre.json", time.monotonic() + 60
        while not kept.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        took = json.loads(kept.read_text(encoding="utf-8"))["seq"]
        assert took in [json.loads(body)["upto"] for _, body in centre.posts]
        # a server that begins again goes on from there; one whose file is torn begins at the end
        again = feed.Post(terminal.service, one, terminal.client)
        assert again.told.seq >= took
        kept.write_text("{", encoding="utf-8")
        assert feed.Post(terminal.service, one, terminal.client).told.seq >= took


@pytest.mark.parametrize(
    "address",
    [
        "http://centre.test/x",
        "ftp://centre.test/x",
        "https://user:pass@centre.test/",
        "https://",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_would_tell_others_are_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="must be an https address"):
        WebhookSettings(name="centre", to=address)
