"""Labels on paper: ask the printer before, print, and look after until the label is out or something stops it.

Over TCP 9100 nothing confirms printing, so the printer's own counters are watched: nothing left in its buffer and no
label left means that the paper has gone through. A printer that stays silent for two seconds is not ready: that is
how printers with an open head or without paper behave. What was sent is never sent again by itself, because a printer
that only waits for paper prints what it holds as soon as it has some.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from devices.errors import LinkError
from devices.links import Link, make_link
from devices.protocols.results import Message
from devices.protocols.zpl import ZplHs

ANSWER_S = 2.0
#: how often the printer is asked while it prints
LOOK_S = 0.2
#: so often in a row nothing must be left before a label counts as printed
EMPTY_LOOKS = 2
#: how long one label may take
LABEL_S = 10.0

#: ``printed``: the paper has gone through; ``not_sent``: the printer was not ready and has nothing of it;
#: ``held``: it has the label and waits for people; ``unknown``: it has the label (perhaps) and says nothing more
State = Literal["printed", "not_sent", "held", "unknown"]

#: status word -> (sentence, remedy), most useful first
WHY: dict[str, tuple[str, str]] = {
    "head_open": ("The print head is open: close it.", "close_head"),
    "paper_out": ("The printer has no labels: put a new roll in.", "load_paper"),
    "ribbon_out": ("The printer has no ribbon: put a new one in.", "load_ribbon"),
    "paused": ("The printer is paused: press its pause key.", "press_pause"),
    "over_temperature": ("The print head is too hot: wait until it has cooled.", "wait"),
    "under_temperature": ("The print head is too cold: wait until it is warm.", "wait"),
    "buffer_full": ("The printer still has too much to print: wait.", "wait"),
    "partial_format": (
        "The printer waits for the rest of another label: switch it off and on.",
        "restart_device",
    ),
    "corrupt_ram": ("The printer has lost its memory: switch it off and on.", "restart_device"),
    "diagnostics": ("The printer is in its test mode: switch it off and on.", "restart_device"),
    "no_answer": (
        "The printer does not answer: look whether paper and ribbon are in and its head is closed.",
        "check_device",
    ),
    "slow": ("The printer has the label but has not printed it yet.", "check_device"),
}


@dataclass(frozen=True, slots=True)
class PrintResult:
    """What became of a label. ``status`` holds the printer's own words (:data:`WHY`)."""

    state: State
    sentence: str
    remedy: str = "none"
    status: tuple[str, ...] = ()
    labels_left: int = 0

    @property
    def ok(self) -> bool:
        """True when the label is out."""
        return self.state == "printed"


class Printer(Protocol):
    """A connection to a printer that nobody else uses meanwhile."""

    async def ask(self) -> Mapping[str, Any] | None:
        """The fields of ``~HS``; None when the printer does not answer. Raises :class:`LinkError`."""
        ...

    async def send(self, data: bytes) -> None:
        """Print data. Raises :class:`LinkError`."""
        ...


async def print_label(url: str, zpl: str | bytes, *, wait_s: float = LABEL_S) -> PrintResult:
    """Print formats (``^XA ... ^XZ``) on the printer at a URL (``socket://host:9100`` or a serial port).

    ``wait_s`` seconds without progress end the watching. Never raises for anything the printer does; raises
    ``ValueError`` for what is no whole format.
    """
    data = checked(zpl)
    try:
        async with connected(url) as printer:
            return await print_on(printer, data, wait_s=wait_s)
    except LinkError as error:
        return PrintResult("not_sent", error.sentence, error.remedy)


def checked(zpl: str | bytes) -> bytes:
    """The bytes of whole formats in UTF-8. Raises ``ValueError``: half a format makes a printer wait for ever."""
    data = zpl.encode() if isinstance(zpl, str) else zpl
    upper = data.upper()
    if (
        not data.strip()
        or upper.count(b"^XA") != upper.count(b"^XZ")
        or not upper.strip().startswith((b"^XA", b"~"))
    ):
        raise ValueError("a label starts with ^XA and ends with ^XZ")
    return data


async def print_on(
    printer: Printer, data: bytes, *, wait_s: float = LABEL_S, monotonic: Callable[[], float] = time.monotonic
) -> PrintResult:
    """Ask, print, watch. Raises :class:`LinkError` only as long as nothing was sent."""
    before = await printer.ask()
    if before is None:
        return stopped("not_sent", ["no_answer"])
    if before["status"]:
        return stopped("not_sent", before["status"], before)
    await printer.send(data)
    left, since, empty = None, monotonic(), 0
    while True:
        # first a pause: what the printer has received but not read yet stands in none of its counters
        await asyncio.sleep(LOOK_S)
        try:
            after = await printer.ask()
        except LinkError as error:
            return PrintResult("unknown", f"{error.sentence} Look whether the label came out.", error.remedy)
        if after is None:
            return stopped("unknown", ["no_answer"])
        if after["status"]:
            return stopped("held", after["status"], after)
        now_left = (after["formats_in_buffer"], after["labels_remaining"])
        empty = empty + 1 if now_left == (0, 0) else 0
        if empty == EMPTY_LOOKS:
            return PrintResult("printed", "The label is printed.")
        if now_left != left:
            left, since = now_left, monotonic()
        elif monotonic() - since > wait_s:
            return stopped("held", ["slow"], after)


def stopped(state: State, words: list[str], fields: Mapping[str, Any] | None = None) -> PrintResult:
    """A result with the sentence of its most useful word."""
    word = next((word for word in WHY if word in words), "no_answer")
    sentence, remedy = WHY[word]
    if state == "held":
        sentence += " It prints the label it holds as soon as it can: do not send it again."
    left = int(fields["labels_remaining"]) if fields else 0
    return PrintResult(state, sentence, remedy, tuple(words), left)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[LinkPrinter]:
    """A printer of one's own for a moment. Raises :class:`LinkError` when it cannot be reached."""
    link = make_link(url, ZplHs.info.serial if "://" not in url else {})
    await link.open()
    printer = LinkPrinter(link)
    try:
        yield printer
    finally:
        await printer.close()


class LinkPrinter:
    """A printer behind a link that was opened for it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._codec = ZplHs()
        self._status: asyncio.Queue[Mapping[str, Any] | LinkError] = asyncio.Queue()
        self._text = bytearray()
        self._arrived = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name="printer")

    async def _read(self) -> None:
        while True:
            try:
                data = await self._link.read()
            except LinkError as error:
                self._status.put_nowait(error)
                self._arrived.set()
                return
            self._text = (self._text + data)[-400:]
            self._arrived.set()
            for result in self._codec.feed(data):
                if isinstance(result, Message):
                    self._status.put_nowait(result.fields)

    async def ask(self) -> Mapping[str, Any] | None:
        """See :class:`Printer`."""
        while not self._status.empty():
            if isinstance(old := self._status.get_nowait(), LinkError):
                raise old
        await self._link.write(self._codec.poll() or b"")
        try:
            async with asyncio.timeout(ANSWER_S):
                found = await self._status.get()
        except TimeoutError:
            self._codec.flush()
            return None
        if isinstance(found, LinkError):
            raise found
        return found

    async def send(self, data: bytes) -> None:
        """See :class:`Printer`."""
        await self._link.write(data)

    async def firmware(self) -> str | None:
        """Model and firmware as ``~HI`` tells them, e.g. ``ZT410-203dpi, V75.20.15Z``; None without an answer."""
        self._text.clear()
        await self._link.write(b"~HI")
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                while True:
                    if found := re.search(
                        rb"\x02([\x20-\x7e]{1,60}?),([\x20-\x7e]{1,40}?),[^\x03]*\x03", self._text
                    ):
                        return f"{found[1].decode('ascii').strip()}, {found[2].decode('ascii').strip()}"
                    self._arrived.clear()
                    await self._arrived.wait()
        return None

    async def close(self) -> None:
        """Hang up."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._link.close()


async def firmware_of(url: str) -> str | None:
    """Model and firmware of the printer at a URL. Raises :class:`LinkError` when it cannot be reached."""
    async with connected(url) as printer:
        return await printer.firmware()
