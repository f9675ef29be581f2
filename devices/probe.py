"""Finding out what hangs on a port: listen at every usual speed and parity, let every codec guess.

Listening only, unless asking is allowed; then the read-only questions of the polled protocols are sent (never
a command that zeroes, tares or resets).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from devices.errors import REMEDIES, LinkError, LinkLost
from devices.guess import TRY_SETTINGS, Guess, guess
from devices.links import Link, make_link
from devices.parity import Parity, in_words, parity_of, without_parity
from devices.protocols import CODECS, codec, codec_class

#: usual line settings, the most common of the region first
LINES: tuple[Mapping[str, Any], ...] = (
    {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 4800, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 1200, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 2400, "bytesize": 7, "parity": "E", "stopbits": 1},
    {"baudrate": 9600, "bytesize": 7, "parity": "E", "stopbits": 1},
    {"baudrate": 2400, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 4800, "bytesize": 8, "parity": "E", "stopbits": 1},
    {"baudrate": 9600, "bytesize": 7, "parity": "O", "stopbits": 1},
    {"baudrate": 19200, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 38400, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 57600, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 115200, "bytesize": 8, "parity": "N", "stopbits": 1},
    {"baudrate": 600, "bytesize": 8, "parity": "N", "stopbits": 1},
)
#: bytes after which there is no need to listen longer
ENOUGH = 512
#: a guess this sure ends the search through the speeds
CERTAIN = 85


@dataclass(frozen=True, slots=True)
class Heard:
    """What one setting of the line brought. ``asked`` is the question that was answered, if one was sent.

    With ``parity`` the bytes carried it in bit 7: the guesses are about what is left without it, and ``line`` is what
    the port should be set to.
    """

    line: Mapping[str, Any]
    data: bytes
    guesses: tuple[Guess, ...]
    asked: str = ""
    parity: Parity | None = None


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Everything heard, the best first, and what to write into the configuration."""

    url: str
    heard: tuple[Heard, ...]

    @property
    def best(self) -> tuple[Heard, Guess] | None:
        """The most likely setting and protocol; None when nothing was understood."""
        known = [(one, one.guesses[0]) for one in self.heard if one.guesses]
        return max(known, key=lambda pair: pair[1].sure, default=None)

    @property
    def sentence(self) -> str:
        """The result for people."""
        best = self.best
        if best is not None:
            one, top = best
            how = f", answering {one.asked!r}" if one.asked else ""
            said = f"{self.url} speaks {top.protocol} ({top.title}) at {words(one.line)}{how}: {top.sure} % sure."
            return said if one.parity is None else f"{said} {in_words(one.parity)} {REMEDIES['set_parity']}"
        if any(one.data for one in self.heard):
            return (
                f"Bytes come on {self.url}, but no protocol understands them at any speed tried: "
                "check the wiring, or whether another program reads the same port."
            )
        return (
            f"Nothing comes on {self.url}: the device may wait to be asked (allow --ask), be set to print on "
            "demand (press its print key, scan a label), or be wired wrongly."
        )


async def probe(
    url: str,
    *,
    seconds: float = 1.5,
    ask: bool = False,
    lines: Sequence[Mapping[str, Any]] | None = None,
    progress: Callable[[str], None] | None = None,
) -> ProbeReport:
    """Listen ``seconds`` at each line setting (once for a network port), then ask if allowed.

    Raises :class:`LinkRefused` when the port cannot be opened at all.
    """
    serial = "://" not in url or url.startswith("rfc2217")
    settings = list(lines or LINES) if serial else [{}]
    say = progress or (lambda _: None)
    heard: list[Heard] = []
    for line in settings:
        say(f"listening at {words(line)}")
        one = await _listen(url, line, seconds)
        heard.append(one)
        if one.guesses and one.guesses[0].sure >= CERTAIN:
            break
    if ask and not any(one.guesses for one in heard):
        for name, question in questions():
            line = dict(codec_class(name).info.serial) if serial else {}
            say(f"asking {name} at {words(line)}")
            one = await _listen(url, line, seconds, question=question, asked=name)
            heard.append(one)
            if one.guesses and one.guesses[0].sure >= CERTAIN:
                break
    heard.sort(key=lambda one: -(one.guesses[0].sure if one.guesses else -1))
    return ProbeReport(url, tuple(heard))


def questions() -> list[tuple[str, bytes]]:
    """The read-only request of every polled protocol, each request once."""
    found: dict[bytes, str] = {}
    for name in CODECS:
        if not codec_class(name).info.polled:
            continue
        for settings in TRY_SETTINGS:
            with suppress(ValueError):
                question = codec(name, settings).poll()
                if question:
                    found.setdefault(question, name)
                break
    return [(name, question) for question, name in found.items()]


async def _listen(
    url: str, line: Mapping[str, Any], seconds: float, *, question: bytes = b"", asked: str = ""
) -> Heard:
    link: Link = make_link(url, line)
    data = bytearray()
    try:
        await link.open()
        with suppress(TimeoutError, LinkLost):
            async with asyncio.timeout(seconds):
                # a few times, so that there is more than one answer to judge by
                for _ in range(3 if question else 0):
                    await link.write(question)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(seconds / 4):
                            data += await link.read()
                while len(data) < ENOUGH:
                    data += await link.read()
    finally:
        with suppress(LinkError):
            await link.close()
    heard, asked = bytes(data), asked if data else ""
    parity = parity_of(heard)
    if parity is None:
        return Heard(dict(line), heard, tuple(guess(heard)), asked)
    right = {**line, "bytesize": 7, "parity": parity} if line else {}
    return Heard(right, heard, tuple(guess(without_parity(heard))), asked, parity)


def words(line: Mapping[str, Any]) -> str:
    """Line settings as people write them: ``9600 8N1``."""
    if not line:
        return "the network"
    stop = line.get("stopbits", 1)
    return f"{line.get('baudrate', 9600)} {line.get('bytesize', 8)}{line.get('parity', 'N')}{stop:g}"
