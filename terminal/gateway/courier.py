"""Carries the queue to the terminal: in order for each device, again and again until the terminal has answered.

What an answer means:

========================  ============================================================================
200, one answer each      the readings leave the queue; verdicts go back to the devices
408, 429, 5xx, silence    the terminal is away or busy: wait (growing, with jitter), send the same again
401, 403                  the token is not valid (any more): keep everything, say so loudly, try again
404, 3xx, not JSON        this is not the terminal's address: as above
413                       too much at once: send fewer
any other 4xx             one of them cannot be read: send fewer, and the one that alone is refused is parked
========================  ============================================================================

Sending twice does no harm: the id of a reading is its nonce, and the terminal answers a nonce it knows with its
first answer.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

import httpx

from devices.links.supervise import Backoff
from devices.readings import Verdict
from terminal.store.outbox import Outbox, Waiting

log = logging.getLogger("karvon.gateway")

Situation = Literal["starting", "ok", "away", "busy", "refused", "wrong_address"]

_VERDICTS: dict[str, Verdict] = {
    "accepted": "accepted",
    "already_done": "already_done",
    "refused": "refused",
    "attention": "attention",
}


@dataclass(slots=True)
class Standing:
    """How the gateway stands with the terminal, for people: a state word, a sentence, since when."""

    state: Situation = "starting"
    sentence: str = "Nothing was sent yet."
    since: str = ""
    last_answer: str | None = None
    failures: int = 0

    def change(self, state: Situation, sentence: str) -> None:
        """Note a new state; a change is logged once."""
        if state != self.state:
            self.since = _now()
            log.log(logging.INFO if state == "ok" else logging.ERROR, "terminal: %s: %s", state, sentence)
        self.state, self.sentence = state, sentence
        if state == "ok":
            self.last_answer, self.failures = _now(), 0
        else:
            self.failures += 1


@dataclass(frozen=True, slots=True)
class Taken:
    """The terminal has the readings; ``verdicts`` by id."""

    verdicts: dict[str, Verdict]


@dataclass(frozen=True, slots=True)
class TooMuch:
    """The terminal refuses what was sent, not the sender; ``taken`` readings before the odd one are known."""

    status: int
    why: str
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing is known of what was sent: send it again after ``pause`` seconds at least."""

    state: Situation
    why: str
    status: int = 0
    pause: float = 0.0


Outcome = Taken | TooMuch | NotNow


@dataclass(slots=True)
class _Way:
    """The way of one device's readings."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    size: int = 1
    #: since when the terminal fails (500) at one and the same reading, by monotonic clock
    failing: str = ""
    failing_since: float = 0.0
    failing_times: int = 0


class Courier:
    """One task a device. ``answered(id, verdict)`` is called for every reading the terminal has answered."""

    #: a reading is only called poisonous after the terminal failed at it so many times
    POISON_TIMES = 10

    def __init__(
        self,
        outbox: Outbox,
        http: httpx.AsyncClient,
        answered: Callable[[str, Verdict | None], None],
        *,
        batch: int = 100,
        retry_s: float = 30.0,
        poison_s: float = 3600.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.outbox = outbox
        self.standing = Standing()
        self._http = http
        self._answered = answered
        self._batch = batch
        self._retry_s = retry_s
        self._poison_s = poison_s
        self._monotonic = monotonic
        self._ways: dict[str, _Way] = {}

    def ring(self, device: str) -> None:
        """There is something new of this device."""
        if device in self._ways:
            self._ways[device].bell.set()

    async def run(self, devices: Sequence[str]) -> None:
        """Carry until cancelled; also what waits of devices that have left the configuration."""
        async with asyncio.TaskGroup() as group:
            for device in sorted({*devices, *await self.outbox.devices()}):
                self._ways[device] = _Way(size=self._batch)
                group.create_task(self._carry(device), name=f"courier {device}")

    async def _carry(self, device: str) -> None:
        way = self._ways[device]
        backoff = Backoff(first=min(0.5, self._retry_s), most=self._retry_s)
        while True:
            way.bell.clear()
            readings = await self.outbox.next(device, way.size)
            if not readings:
                await way.bell.wait()
                continue
            pause = await self._deal(way, readings, await self.post(device, readings), backoff)
            if pause:
                await asyncio.sleep(pause)

    async def _deal(self, way: _Way, readings: list[Waiting], outcome: Outcome, backoff: Backoff) -> float:
        """Do what an outcome asks for; returns the seconds to wait before the next attempt."""
        if isinstance(outcome, Taken):
            await self.outbox.done(readings)
            self.standing.change("ok", "The terminal answers.")
            backoff.failures, way.failing = 0, ""
            way.size = min(self._batch, way.size * 2)
            for reading in readings:
                self._answered(reading.id, outcome.verdicts.get(reading.id))
            return 0.0
        if isinstance(outcome, TooMuch):
            self.standing.change("ok", "The terminal answers.")
            if len(readings) > 1:
                way.size = _fewer(len(readings), outcome.taken)
            else:
                await self._park(readings[0], outcome.status, outcome.why)
            return 0.0
        self.standing.change(outcome.state, outcome.why)
        if outcome.status == httpx.codes.INTERNAL_SERVER_ERROR and await self._poisonous(way, readings):
            return 0.0
        return max(backoff.next(), outcome.pause)

    async def _poisonous(self, way: _Way, readings: list[Waiting]) -> bool:
        """Find the reading at which the terminal fails, so that it does not hold up the others for ever."""
        way.size = _fewer(len(readings), None)
        if len(readings) > 1:
            return False
        now = self._monotonic()
        if way.failing != readings[0].id:
            way.failing, way.failing_since, way.failing_times = readings[0].id, now, 0
        way.failing_times += 1
        if way.failing_times < self.POISON_TIMES or now - way.failing_since < self._poison_s:
            return False
        await self._park(readings[0], 500, "The terminal failed at this reading again and again.")
        return True

    async def _park(self, reading: Waiting, status: int, why: str) -> None:
        log.error("reading %s of %s is parked: %s %s", reading.id, reading.device, status, why)
        await self.outbox.park(reading, status, why)
        self._answered(reading.id, "attention")

    async def post(self, device: str, readings: Sequence[Waiting]) -> Outcome:
        """Send readings of one device; what came of it. Never raises for anything the other side does."""
        body = "[" + ",".join(reading.body for reading in readings) + "]"
        try:
            answer = await self._http.post(
                f"/api/v1/devices/{quote(device, safe='')}/readings",
                content=body.encode("utf-8", "surrogatepass"),
                headers={"content-type": "application/json", "accept-language": "en"},
            )
            return judge(answer, readings)
        except httpx.TimeoutException:
            return NotNow("away", "The terminal does not answer in time.")
        except httpx.HTTPError as error:
            return NotNow("away", f"The terminal cannot be reached: {error or type(error).__name__}.")


def judge(answer: httpx.Response, readings: Sequence[Waiting]) -> Outcome:
    """What an HTTP answer means for the readings that were sent."""
    status = answer.status_code
    data = _json(answer)
    detail = data.get("detail") if isinstance(data, dict) else None
    why = str(detail)[:500] if detail else f"The terminal answers {status}."
    if status == httpx.codes.OK:
        return _taken(data, readings)
    if status in {401, 403}:
        return NotNow(
            "refused",
            f"The terminal does not know this gateway (any more): {why} Enrol it again with a new code; "
            "everything is kept until then.",
            status,
        )
    if status in {408, 425, 429} or status >= 500:
        state: Situation = "busy" if status in {429, 503} else "away"
        return NotNow(state, why, status, _retry_after(answer))
    if status == 404 or status < 400:
        return NotNow("wrong_address", f"This does not seem to be the terminal: {why}", status)
    taken = data.get("taken") if isinstance(data, dict) else None
    return TooMuch(status, why, taken if isinstance(taken, int) and not isinstance(taken, bool) else None)


def _taken(data: Any, readings: Sequence[Waiting]) -> Outcome:
    """One answer for each reading, or nothing is believed."""
    good = isinstance(data, list) and [
        item.get("id") if isinstance(item, dict) else None for item in data
    ] == [reading.id for reading in readings]
    if not good:
        return NotNow(
            "wrong_address", "The answer is not that of a terminal: nothing was removed from the queue."
        )
    verdicts = {item["id"]: _VERDICTS[item["verdict"]] for item in data if item.get("verdict") in _VERDICTS}
    return Taken(verdicts)


def _fewer(sent: int, taken: int | None) -> int:
    """How many to send next: those that are known to be readable, else half."""
    return taken if taken is not None and 0 < taken < sent else 1 if taken == 0 else max(1, sent // 2)


def _json(answer: httpx.Response) -> Any:
    try:
        return json.loads(answer.content)
    except ValueError:
        return None


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(min(int(text), 300)) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
