"""The feed to situation centres: what happens, in bare facts, and the figures of the board, posted as it happens.

A post is signed as in the Standard Webhooks specification: headers ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature`` ("v1," and the base64 of HMAC-SHA-256 over id, time and body). The secret is made at first use beside the
data, as ``whsec_`` and base64. What was told stands in a file; what was not answered with 2xx is sent again until it is, so
nothing is missed, and a receiver that remembers ``upto`` takes nothing twice. Nobody's risk, no person and
no record's words are in it: it says what the stream says to a situation centre.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from starlette.concurrency import run_in_threadpool

from terminal import access
from terminal.api.journal import told_to_all
from terminal.service import Service
from terminal.settings_feed import WebhookSettings
from terminal.store.books import Books
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from workflows.discretion import secret

log = logging.getLogger("karvon.feed")
FORM = "karvon-feed-1"
#: entries of one post
MOST = 500
#: seconds in which what happens is gathered into one post
GATHER_S = 1.0
TIMEOUT_S = 10.0
#: seconds until a post is tried again: doubled each time, up to the last
FIRST_WAIT_S, LAST_WAIT_S = 5.0, 600.0
_TROUBLE = frozenset({"no_link", "failed", "odd_data"})


@dataclass
class Told:
    """How it stands with one receiver: the last entry it took, when, and what went wrong since."""

    seq: int = 0
    at: datetime | None = None
    trouble: str = ""


def folder_of(service: Service) -> Path:
    """Where secrets and what was told are kept."""
    return service.settings.data_dir / "webhooks"


def secret_of(folder: Path, name: str) -> str:
    """The secret of a receiver ("whsec_..."); made once, readable by the service alone."""
    path = folder / f"{name}.secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(made + "\n")
    return path.read_text(encoding="ascii").strip()


def signature(key: str, identity: str, at: int, body: bytes) -> str:
    """The header ``webhook-signature``; ``key`` as :func:`secret_of` gives it, ``at`` in seconds since 1970."""
    signed = f"{identity}.{at}.".encode() + body
    digest = hmac.new(base64.b64decode(key.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def figures(reader: Reader, service: Service) -> dict[str, Any]:
    """The board in figures: vehicles and consignments by stage, open holds by authority and reason, devices in trouble."""
    by: Counter[tuple[str, str]] = Counter()
    after = None
    while lines := reader.holds_open(after, 500):
        by.update(
            (line.hold.authority.value, line.hold.reason.value) for line in lines if not secret(line.hold)
        )
        after = lines[-1].cursor
    health = service.fleet.health() if service.fleet else ()
    return {
        "vehicles": reader.counters("visit.stage"),
        "inside": len(reader.visits_inside()),
        "consignments": reader.counters("consignment.stage"),
        "holds": [{"authority": a, "reason": r, "open": n} for (a, r), n in sorted(by.items())],
        "devices_in_trouble": sorted(one.device for one in health if one.state in _TROUBLE),
    }


def body_of(reader: Reader, service: Service, entries: Sequence[Entry], after: int) -> bytes:
    """What is posted: entries after ``after`` that a situation centre is told of, and the figures of this moment."""
    told = [
        {"seq": one.seq, "type": one.type, "subject": one.subject, "at": one.at.isoformat()}
        for one in entries
        if told_to_all(one)
    ]
    terminal = service.settings.terminal
    plain = {
        "form": FORM,
        "terminal": {"name": terminal.name, "place": terminal.place},
        "made": service.clock().isoformat(),
        "handling_code": "TERMINAL",
        "after": after,
        "upto": entries[-1].seq if entries else after,
        "entries": told,
        "figures": figures(reader, service),
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


class Post:
    """One receiver, told again and again."""

    def __init__(self, service: Service, one: WebhookSettings, http: httpx.AsyncClient) -> None:
        self._service, self._one, self._http = service, one, http
        self._folder = folder_of(service)
        self._key = secret_of(self._folder, one.name)
        self.told = service.feeds.setdefault(one.name, Told())
        self.told.seq = self._kept()

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._one.name}.json"

    def _kept(self) -> int:
        """The last entry that was taken; of a receiver that is new, the journal's end: it is told no history."""
        try:
            seq = json.loads(self._file.read_text(encoding="utf-8"))["seq"]
            return seq if isinstance(seq, int) and seq >= 0 else self._service.store.tail().seq
        except (OSError, ValueError, KeyError, TypeError):
            return self._service.store.tail().seq

    def _keep(self, seq: int) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps({"seq": seq}), encoding="utf-8")
        part.replace(self._file)

    def _look(self) -> tuple[int, bytes]:
        with self._service.reading() as reader:
            entries = reader.entries_after(self.told.seq, MOST)
            upto = entries[-1].seq if entries else self.told.seq
            return upto, body_of(reader, self._service, entries, self.told.seq)

    async def once(self) -> bool:
        """Tell what there is; True when it was taken."""
        upto, body = await run_in_threadpool(self._look)
        now = self._service.clock()
        at = int(now.timestamp())
        identity = f"{self._one.name}-{self.told.seq}-{upto}-{at}"
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._key, identity, at, body),
        }
        try:
            answer = await self._http.post(self._one.to, content=body, headers=headers)
            trouble = "" if answer.is_success else f"it answered {answer.status_code}"
        except httpx.HTTPError as error:
            trouble = f"{type(error).__name__}: {error}"
        if trouble:
            if trouble != self.told.trouble:
                log.warning("%s was not told: %s. It is tried again.", self._one.to, trouble)
            self.told.trouble = trouble
            return False
        await run_in_threadpool(self._keep, upto)
        self.told.seq, self.told.at, self.told.trouble = upto, now, ""
        return True

    async def forever(self) -> None:
        """Tell what happens as it happens, and the figures at least every few minutes."""
        wait = FIRST_WAIT_S
        every = timedelta(minutes=self._one.every_minutes).total_seconds()
        while True:
            if await self.once():
                wait = FIRST_WAIT_S
                await self._service.store.bell.wait(self.told.seq, every)
                await asyncio.sleep(GATHER_S)
            else:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LAST_WAIT_S)


def _begun(one: WebhookSettings, now: datetime, books: Books) -> None:
    facts = {"what": f"feed:{one.name}", "to": one.to, "handling_codes": ["TERMINAL"]}
    access.note(books, f"feed:{one.name}", "terminal", "exported", now, **facts)


async def run(service: Service) -> None:
    """Tell every configured receiver, for ever; who is told from when on stands in the journal."""
    for one in service.settings.webhooks:
        await service.write(partial(_begun, one, service.clock()))
    async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as http:
        posts = [Post(service, one, http) for one in service.settings.webhooks]
        await asyncio.gather(*(post.forever() for post in posts))


def lines(service: Service) -> list[str]:
    """What Prometheus is told of receivers: the last entry each took, and whether it is in trouble."""
    out = []
    for metric, told, value in (
        ("karvon_webhook_entry", "Last journal entry that the receiver took.", lambda one: one.seq),
        ("karvon_webhook_trouble", "1: the last post was not taken.", lambda one: int(bool(one.trouble))),
    ):
        out += [f"# HELP {metric} {told}", f"# TYPE {metric} gauge"]
        out += [f'{metric}{{webhook="{name}"}} {value(one)}' for name, one in sorted(service.feeds.items())]
    return out
