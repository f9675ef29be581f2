"""What all devices on a wire have in common: link, codec, counters, silence and the way back."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

from devices.addresses import signal_bytes
from devices.config import WireDevice
from devices.errors import LinkError, LinkLost
from devices.identity import Question, cleaned, questions
from devices.links import Link, make_link
from devices.links.push import PushLink
from devices.links.supervise import Backoff, Line, LinkReport
from devices.parity import in_words, parity_of
from devices.protocols import CODECS, codec, codec_class
from devices.protocols.results import Label, Message, Noise, Result, Weight
from devices.readings import Verdict
from devices.station import Station, Tapped

#: a half frame is given up after so many seconds without a byte
IDLE_S = 1.0
TICK_S = 0.25
#: a scanner that waits for an acknowledgement repeats itself after two seconds
ACKNOWLEDGE_S = 1.5
#: a streaming device that is silent for so many times ``silence_s`` gets its link opened afresh
BOUNCE_AFTER = 10
TROUBLE_AGAIN_S = 60.0
#: which firmware it has is asked so often, and waited for so long
ASK_TIMES = 2
IDENTITY_S = 0.5
ASK_TICK_S = 0.05
#: bytes that are kept to see what is wrong with a line
RECENT = 256
#: seconds of bytes without a frame before a device that may be silent is called odd
ODD_S = 3.0


class WireAdapter(ABC):
    """Reads a line, feeds the codec, counts, watches for silence. Families override :meth:`take`."""

    def __init__(self, config: WireDevice, station: Station) -> None:
        self.config = config
        self.station = station
        self.codec = codec(config.protocol, config.codec_settings())
        self.info = codec_class(config.protocol).info
        #: what some devices must hear once after the line was opened
        self._greeting: bytes = getattr(self.codec, "greeting", b"")
        #: codecs whose device waits for acknowledgements
        self._replies: Callable[[], bytes] | None = getattr(self.codec, "replies", None)
        self._echo = bytearray()
        self._recent = b""
        self._masked = 0
        self._strips = bool(config.codec_settings().get("strip_bit7"))
        self._last_bytes = station.clock.monotonic()
        self._last_frame: float | None = None
        self._opened_at = station.clock.monotonic()
        self._odd_since: float | None = None
        self._flushed = True
        self._trouble: LinkReport | None = None
        self._troubled_at: float | None = None
        #: one question at a time: held while an answer is awaited
        self.asking = asyncio.Lock()
        self._asked: list[Question] = []
        self._told: list[str] = []
        self.line = Line(
            self._make_link,
            report=self._report,
            backoff=Backoff(most=config.reconnect_s),
            monotonic=station.clock.monotonic,
            greeting=self._greeting,
        )

    def _make_link(self) -> Link:
        if self.station.bus is not None:
            return self.station.bus.member()
        return make_link(self.config.url, line_settings(self.config))

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for work in self.jobs():
                    group.create_task(work)
        finally:
            await self.line.close()

    @property
    def asks(self) -> bool:
        """Whether the device is asked for its frames; otherwise it sends by itself."""
        return self.info.polled

    def jobs(self) -> list[Coroutine[Any, Any, None]]:
        """The coroutines that work this device."""
        jobs = [self._read(), self._watch()]
        if self.config.ask_firmware and self.may_ask:
            jobs.append(self._identify())
        return jobs

    @property
    def may_ask(self) -> bool:
        """Whether this device may be sent questions of our own accord."""
        return True

    @abstractmethod
    async def take(self, result: Weight | Label | Message) -> None:
        """Turn one good frame into readings."""

    async def tick(self) -> None:  # noqa: B027 -- most families have nothing to do
        """Called a few times a second, for what must happen without bytes."""

    def gap(self) -> None:  # noqa: B027 -- most families know nothing that could go stale
        """The line broke: what was half known is not known any more."""

    async def signal(self, verdict: Verdict) -> bool:
        """Send the bytes configured for this verdict. Raises :class:`LinkLost`."""
        data = signal_for(self.config.signals, verdict)
        if data is None:
            return False
        await self.send(data)
        return True

    async def send(self, data: bytes) -> None:
        """Write to the device. Raises :class:`LinkLost`."""
        if self.config.serial.local_echo:
            self._echo += data  # before writing: the echo may be back before the write returns
        await self.line.write(data)
        self.station.counters.bytes_out += len(data)
        self.station.tap(Tapped(self.config.id, self.station.clock.monotonic(), "out", data))

    async def feed(self, data: bytes) -> None:
        """A message that came another way (HTTP push).

        Raises ``ValueError`` for a device with a wire of its own, :class:`LinkLost` before it is started.
        """
        link = self.line.link
        if not self.config.url.startswith("push:"):
            raise ValueError(f"{self.config.id} reads its own wire; only push:// devices can be fed")
        if not isinstance(link, PushLink):
            raise LinkLost(f"{self.config.id} is not started yet.", remedy="none")
        await link.feed(data)

    async def _read(self) -> None:
        while True:
            data = await self.line.read()
            now = self.station.clock.monotonic()
            if not data:
                self._echo.clear()
                self._recent = b""
                self.station.tap(Tapped(self.config.id, now, "gap", b""))
                await self._handle(self.codec.flush(), b"", now)
                self.gap()
                continue
            data = self._without_echo(data)
            self._recent = (self._recent + data)[-RECENT:]
            self.station.counters.bytes_in += len(data)
            self._last_bytes = now
            self._flushed = False
            if self._odd_since is None:
                self._odd_since = now
            await self._handle(self.codec.feed(data), data, now)
            if self._replies is not None:
                await self._reply(self._replies())

    async def _reply(self, data: bytes) -> None:
        """Send what the device waits for. A scanner is only told "received" once its label is in safe hands.

        Without that it sends the label again, and the codec knows a repetition from a new label.
        """
        if not data:
            return
        if self.info.kind == "scanner":
            with suppress(TimeoutError):
                async with asyncio.timeout(ACKNOWLEDGE_S):
                    await self.station.settled.wait()
            if not self.station.settled.is_set():
                return
        with suppress(LinkError):  # the line broke: the device will say it again
            await self.send(data)

    async def _handle(self, results: list[Result], data: bytes, now: float) -> None:
        station = self.station
        station.fresh.clear()
        for result in results:
            if self._asked and self._recognise(result):
                self._last_frame, self._odd_since = now, None
                station.frame()
                continue
            if isinstance(result, Noise):
                station.noise(result)
                continue
            self._last_frame = now
            self._odd_since = None
            station.frame()
            if station.current != "live":
                station.state("live", "live", "The device answers.")
            await self.take(result)
        if station.taps and (data or results):
            station.tap(Tapped(self.config.id, now, "in", data, tuple(results), tuple(station.fresh)))

    async def _identify(self) -> None:
        """Ask once, after the line has come up, which model and firmware this is. Silence is no fault."""
        for question in questions(self.config.protocol, self.config.codec):
            answered = False
            for _ in range(ASK_TIMES):
                while self.line.link is None:  # noqa: ASYNC110 -- the reader opens it
                    await asyncio.sleep(TICK_S)
                known = len(self._told)
                with suppress(LinkError):
                    async with self.asking, self.line.turn():
                        self._asked = [question]
                        await self.send(question.data)
                        for _ in range(round(IDENTITY_S / ASK_TICK_S)):
                            await asyncio.sleep(ASK_TICK_S)
                            if answered := len(self._told) > known:
                                break
                if answered:
                    break
        self._asked = []

    def _recognise(self, result: Result) -> bool:
        """True when a frame answers the question asked last: model and firmware are shown, nothing else follows."""
        for question in self._asked:
            text = question.read(result)
            if text is None:
                continue
            self._told.append(cleaned(text))
            self.station.firmware = " ".join(dict.fromkeys(filter(None, self._told))) or self.station.firmware
            return True
        return False

    def _without_echo(self, data: bytes) -> bytes:
        """Drop what we sent ourselves, on two-wire adapters that hear their own voice."""
        if not self._echo:
            return data
        heard = 0
        while heard < min(len(data), len(self._echo)) and data[heard] == self._echo[heard]:
            heard += 1
        if heard < min(len(data), len(self._echo)):
            # not our own voice after all; keep every byte
            self._echo.clear()
            return data
        del self._echo[:heard]
        return data[heard:]

    async def _watch(self) -> None:
        bounced = self.station.clock.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = self.station.clock.monotonic()
            if not self._flushed and now - self._last_bytes > IDLE_S:
                self._flushed = True
                await self._handle(self.codec.flush(), b"", now)
            self._judge_silence(now)
            self._judge_parity()
            await self._tell_trouble(now)
            await self.tick()
            quiet = self.config.silence_s
            if quiet is not None and self.line.link is not None and not self.asks:
                heard = max(self._last_bytes, self._opened_at, bounced)
                if now - heard > BOUNCE_AFTER * quiet:
                    bounced = now
                    with suppress(LinkError):
                        await self.line.bounce()

    def _judge_silence(self, now: float) -> None:
        """Silence is a state, and so are bytes that never make a frame."""
        station = self.station
        link = self.line.link
        if link is None:
            return
        if link.note:
            station.state("no_data", "waiting", link.note, "check_network")
            return
        quiet = self.config.silence_s
        if quiet is None:
            if station.current == "no_data":
                station.state("live", "ready", "The link is open; the device is ready.")
            elif self._odd(now, ODD_S):
                self._say_odd()
            return
        heard = max(self._last_frame or 0.0, self._opened_at)
        if now - heard <= quiet:
            return
        if self._odd(now, quiet):
            self._say_odd()
        else:
            station.state(
                "no_data",
                "silent",
                f"Nothing has come for {now - heard:.0f} seconds.",
                "check_wiring" if self._last_frame is None else "check_device",
            )

    def _odd(self, now: float, within: float) -> bool:
        """True when bytes keep coming and none of them made a frame for ``within`` seconds."""
        if self._odd_since is None:
            return False
        return now - self._odd_since > within and now - self._last_bytes <= 2 * within

    def _say_odd(self) -> None:
        if (parity := parity_of(self._recent)) is not None:
            self.station.state("odd_data", "parity", in_words(parity), "set_parity")
            return
        self.station.state(
            "odd_data",
            "odd_data",
            f"Bytes come, but they are no {self.config.protocol} frames.",
            "check_protocol" if "://" in self.config.url else "check_line",
        )

    def _judge_parity(self) -> None:
        """A device that works only because its codec takes the parity away: it works, and that is said with it."""
        masked: int = getattr(self.codec, "masked", 0)
        if masked == self._masked or self.station.current != "live" or self._strips:
            return
        self._masked = masked
        if (parity := parity_of(self._recent)) is not None:
            self.station.state("live", "parity", in_words(parity), "set_parity")

    def _report(self, report: LinkReport) -> None:
        changed = self.station.link_report(report)
        if report.state == "open":
            self._opened_at = self.station.clock.monotonic()
            self._odd_since = None
            if self.config.serial.local_echo:
                self._echo += self._greeting
            if self.config.silence_s is None:
                self.station.state("live", "ready", "The link is open; the device is ready.")
        elif changed and report.state in {"refused", "lost"}:
            self._trouble = report

    async def _tell_trouble(self, now: float) -> None:
        """Pass on that the link broke, not more often than once a minute: a flapping line is one trouble."""
        report = self._trouble
        if report is None or self.line.link is not None:
            self._trouble = None
            return
        if self._troubled_at is None or now - self._troubled_at >= TROUBLE_AGAIN_S:
            self._trouble, self._troubled_at = None, now
            await self.station.trouble(f"link_{report.code}", report.sentence, report.remedy)


def line_settings(config: WireDevice) -> dict[str, Any]:
    """pyserial settings: the protocol's factory settings, overridden by what the configuration names."""
    factory: Mapping[str, Any] = codec_class(config.protocol).info.serial if config.protocol in CODECS else {}
    named = {
        key: value
        for key, value in config.serial.model_dump(exclude={"local_echo"}).items()
        if value is not None
    }
    return {**factory, **named}


def signal_for(signals: Mapping[Any, str], verdict: Verdict) -> bytes | None:
    """The bytes configured for a verdict, or None. A repeat sounds like an acceptance unless told otherwise."""
    text = signals.get(verdict)
    if text is None and verdict == "already_done":
        text = signals.get("accepted")
    return None if text is None else signal_bytes(text)


def fields_of(result: Result) -> dict[str, Any]:
    """The content of any frame as a plain mapping."""
    if isinstance(result, Message):
        return dict(result.fields)
    if isinstance(result, Label):
        return {"barcode": result.text, "aim": result.aim, "symbology": result.symbology, **result.extra}
    if isinstance(result, Weight):
        return {
            "weight": result.value,
            "unit": result.unit,
            "stable": result.stable,
            "mode": result.mode,
            "status": sorted(result.status),
            **result.extra,
        }
    return {"error": result.error, "reason": result.reason}
