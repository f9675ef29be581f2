"""What the codecs share: bounded push framing for lines and for delimited frames.

Two bases do the work of ``feed`` and ``flush`` so that a codec only says what one line or one frame is:

* :class:`LineCodec` for text lines ending in CR, LF or CR LF;
* :class:`FrameCodec` for everything that has a start byte: it drops one byte after a bad frame and
  searches again, because the true start may be inside.

Both give the same results wherever the bytes are cut, keep at most one frame and one run of noise in
memory, need linear time, and never raise on wire bytes. Numbers and units: :mod:`devices.protocols.values`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, TypeVar

from devices.protocols.noise import NoiseRun
from devices.protocols.results import ErrorWord, Noise, Result, Weight
from devices.protocols.values import unit_setting

#: longest text line of a weight codec, without its terminator
LINE_LIMIT = 64
#: how many different frames a codec remembers; a load on a scale says the same few frames again and again
MEMORY_LIMIT = 512

#: translation table that clears bit 7 (parity of a 7-bit line read as 8 bits)
STRIP_BIT7 = bytes(byte & 0x7F for byte in range(256))

_EOL = re.compile(rb"[\r\n]")
_HIGH = bytes(range(128, 256))

Setting = Callable[[str, Any], Any]
Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Refuse:
    """This is no frame: why. One byte is dropped and the search goes on."""

    error: ErrorWord
    reason: str


@dataclass(frozen=True, slots=True)
class Accept:
    """A complete frame of ``length`` bytes and what it says (``raw`` is filled in by the base)."""

    length: int
    results: tuple[Result, ...]


#: None means: the bytes so far may become a frame, wait for more
Verdict = Accept | Refuse | None


def accept(length: int, *results: Result) -> Accept:
    """Short for :class:`Accept`."""
    return Accept(length, results)


def refuse(error: ErrorWord, reason: str) -> Noise:
    """A refused line, for :meth:`LineCodec.line`; the base fills in the bytes."""
    return Noise(error, b"", reason)


# --- settings -------------------------------------------------------------------------------------------


def flag(name: str, value: Any) -> bool:
    """Setting: true or false. Raises ``ValueError`` for anything else."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {value!r}")
    return value


def one_of(*choices: Any) -> Setting:
    """Setting: one of the given values."""

    def check(name: str, value: Any) -> Any:
        for choice in choices:
            if type(choice) is type(value) and choice == value:
                return choice
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")

    return check


def whole(low: int, high: int) -> Setting:
    """Setting: a whole number from ``low`` to ``high``."""

    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{name} must be a whole number from {low} to {high}, not {value!r}")
        return value

    return check


def string(longest: int = 64) -> Setting:
    """Setting: a text of 1 to ``longest`` characters."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise ValueError(f"{name} must be a text of 1 to {longest} characters, not {value!r}")
        return value

    return check


def read_settings(
    codec: str, config: Mapping[str, Any] | None, known: Mapping[str, Setting]
) -> dict[str, Any]:
    """The given settings, checked. Raises ``ValueError`` naming the codec, the key and the fix."""
    checked: dict[str, Any] = {}
    for key, value in (config or {}).items():
        if key not in known:
            offer = ", ".join(sorted(known)) or "none"
            raise ValueError(f"{codec} has no setting {key!r}; it knows: {offer}")
        if value is not None:
            checked[key] = known[key](f"{codec}: {key}", value)
    return checked


#: settings every codec takes: the unit of the device, and ``request`` to decode the host's side
COMMON: Mapping[str, Setting] = {"unit": unit_setting, "request": flag}
#: settings of the 7-bit line codecs
LINE: Mapping[str, Setting] = {**COMMON, "strip_bit7": flag}


def from_host(direction: str, settings: Mapping[str, Any]) -> bool:
    """Whether to decode what the host says. Raises ``ValueError`` for an unknown direction."""
    if direction not in ("device_to_host", "host_to_device"):
        raise ValueError(f"direction must be device_to_host or host_to_device, not {direction!r}")
    return direction == "host_to_device" or bool(settings.get("request", False))


def _with_raw(result: Result, raw: bytes) -> Result:
    if result.raw:
        return result
    if isinstance(result, Weight):  # by far the most frequent, and replace() takes three times as long
        w = result
        return Weight(w.value, w.unit, w.stable, w.mode, w.sign, w.status, w.extra, raw)
    return replace(result, raw=raw)


def remember(known: dict[bytes, Said], frame: bytes, said: Said) -> None:
    """Keep what a frame said; when the memory is full it starts afresh."""
    if len(known) >= MEMORY_LIMIT:
        known.clear()
    known[frame] = said


# --- lines ----------------------------------------------------------------------------------------------


class LineCodec:
    """Base of the line codecs: hands each complete line to :meth:`line`.

    CR, LF and CR LF end a line; empty lines are ignored; unprintable bytes are skipped (and reported as
    ``noise``) only where a line starts, anywhere else they stay in the line and the codec's strict pattern
    kills it. A line longer than :attr:`limit` is ``overlong`` and thrown away up to its end.
    """

    #: a refused line is a refused reading, not bytes skipped while searching (see :mod:`devices.decode`)
    line_oriented: ClassVar[bool] = True
    #: whether :meth:`line` looks at nothing but the line, so that a line seen again need not be read again
    remembers: ClassVar[bool] = False
    #: unprintable bytes that may start a line; to be set before ``__init__`` of this class
    openers: bytes = b""

    def __init__(self, *, limit: int = LINE_LIMIT, strip_bit7: bool = False) -> None:
        self.limit = limit
        self.strip_bit7 = strip_bit7
        #: how many bytes arrived with bit 7 set and were masked: above 0 the port's parity is set wrong
        self.masked = 0
        self._too_long = f"no end of line within {limit} characters; check baud rate, protocol and wiring"
        self._opening = re.compile(rb"[\r\n\x20-\x7e" + re.escape(self.openers) + b"]")
        self._rest = b""
        self._run = NoiseRun()
        self._spilling = False  # inside an overlong line
        self._known: dict[bytes, Result | None] = {}

    def line(self, line: bytes) -> Result | None:
        """What one line says (bit 7 already stripped when configured); None to ignore it."""
        raise AssertionError("a line codec defines line()")

    @property
    def pending(self) -> int:
        """How many bytes are held back, waiting for more; bounded whatever arrives."""
        return len(self._rest) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return what it completed. Never raises, never waits."""
        out: list[Result] = []
        raw = self._rest + bytes(data)
        at = 0
        if self.remembers and not self._spilling and not self._run and not self.strip_bit7:
            at = self._recall(raw, out)
        text = raw
        if self.strip_bit7:
            self.masked += len(data) - len(bytes(data).translate(None, _HIGH))
            text = raw.translate(STRIP_BIT7)
        size = len(text)
        begin = bool(at or not self._rest)  # at a line start, unless something printable is already held
        while at < size:
            if self._spilling:
                end = self._end_of_line(text, at)
                self._run.fault(raw[at:end], "overlong", self._too_long, out)
                at = end
                if at < size:
                    self._run.end(out)
                    self._spilling, begin, at = False, True, at + 1
                continue
            if begin:
                first = self._first_printable(text, at)
                self._run.skip(raw[at:first], out, "unprintable bytes at the start of a line")
                at = first
                if at == size:
                    break
                self._run.end(out)
                begin = False
            end = self._end_of_line(text, at)
            if end - at > self.limit:
                self._run.fault(raw[at : at + self.limit + 1], "overlong", self._too_long, out)
                at += self.limit + 1
                self._spilling = True
            elif end == size:
                break
            else:
                if end > at:
                    result = self.line(text[at:end])
                    if result is not None:
                        result = _with_raw(result, raw[at:end])
                        out.append(result)
                    if self.remembers and not isinstance(result, Noise):
                        remember(self._known, raw[at:end], result)
                at, begin = end + 1, True
        self._rest = raw[at:]
        return out

    def _recall(self, raw: bytes, out: list[Result]) -> int:
        """Take the leading lines that were read before; returns where the first other line starts."""
        known, at = self._known, 0
        lines = raw.replace(b"\r", b"\n").split(b"\n")
        lines.pop()
        for line in lines:
            if line:
                if line not in known:
                    break
                if (result := known[line]) is not None:
                    out.append(result)
            at += len(line) + 1
        return at

    def flush(self) -> list[Result]:
        """The line has been idle: report a half line as ``truncated`` and start afresh."""
        out: list[Result] = []
        self._run.end(out)
        if self._rest:
            out.append(Noise("truncated", self._rest, "the line went silent before the end of line arrived"))
        self._rest, self._spilling = b"", False
        return out

    @staticmethod
    def _end_of_line(text: bytes, at: int) -> int:
        found = _EOL.search(text, at)
        return found.start() if found else len(text)

    def _first_printable(self, text: bytes, at: int) -> int:
        found = self._opening.search(text, at)
        return found.start() if found else len(text)


# --- frames ---------------------------------------------------------------------------------------------


class FrameCodec:
    """Base of the codecs whose frames have a start byte: hands each candidate to :meth:`match`.

    Bytes before a start byte are noise; a refused candidate costs one byte; a candidate that is still
    undecided after :attr:`limit` bytes is ``overlong``. Never holds more than ``limit`` bytes of candidate
    and :data:`NOISE_LIMIT` bytes of noise. Noise is reported with the next frame, the next fault, or idle.
    """

    line_oriented: ClassVar[bool] = False
    #: whether :meth:`match` accepts a frame for its own bytes alone, so that one seen again need not be read again
    remembers: ClassVar[bool] = False

    def __init__(self, starts: bytes, *, limit: int, strip_bit7: bool = False, after: bytes = b"") -> None:
        """``starts``: every byte a frame can start with. ``after``: bytes of which one may follow a frame
        without being noise (the LF of CR LF). ``limit``: longest frame in bytes."""
        self.limit = limit
        self.strip_bit7 = strip_bit7
        #: how many bytes arrived with bit 7 set and were masked: above 0 the port's parity is set wrong
        self.masked = 0
        self._start = re.compile(b"[" + re.escape(starts) + b"]", re.DOTALL)
        self._after = after
        self._may_follow = False
        self._rest = b""
        self._previous: int | None = None
        self._run = NoiseRun()
        self._known: dict[bytes, tuple[Result, ...]] = {}
        self._same_length = 0  # of the frame before

    def match(self, data: bytes, at: int) -> Verdict:
        """Judge the candidate that starts at ``data[at]`` (a start byte).

        Return :class:`Accept`, :class:`Refuse`, or None when more bytes are needed. Decide as early as
        the bytes allow, and never look at more than :attr:`limit` bytes: that keeps floods linear.
        """
        raise AssertionError("a frame codec defines match()")

    def previous(self, data: bytes, at: int) -> int | None:
        """The byte before ``data[at]``, None at the very start of the line or after idle."""
        return data[at - 1] if at else self._previous

    @property
    def pending(self) -> int:
        """How many bytes are held back, waiting for more; bounded whatever arrives."""
        return len(self._rest) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return what it completed. Never raises, never waits."""
        if self.strip_bit7:
            self.masked += len(data) - len(bytes(data).translate(None, _HIGH))
        return self._scan(self._rest + bytes(data), idle=False)

    def flush(self) -> list[Result]:
        """The line has been idle: report a half frame as ``truncated`` and start afresh."""
        out = self._scan(self._rest, idle=True)
        self._run.end(out)
        self._rest, self._previous, self._may_follow = b"", None, False
        return out

    def _scan(self, raw: bytes, *, idle: bool) -> list[Result]:
        out: list[Result] = []
        data = raw.translate(STRIP_BIT7) if self.strip_bit7 else raw
        at, size = 0, len(data)
        while at < size:
            if self._may_follow:
                self._may_follow = False
                if data[at] in self._after:
                    at += 1
                    continue
            if 0 < self._same_length <= size - at and not self._run:
                known = self._known.get(raw[at : at + self._same_length])
                if known is not None:
                    out += known
                    at += self._same_length
                    self._may_follow = bool(self._after)
                    continue
            found = self._start.search(data, at)
            start = found.start() if found else size
            self._run.skip(raw[at:start], out)
            at = start
            if at == size:
                break
            verdict = self.match(data, at)
            if verdict is None:
                if size - at >= self.limit:
                    verdict = Refuse("overlong", f"no end of frame within {self.limit} bytes")
                elif idle:
                    verdict = Refuse("truncated", "the line went silent before the frame was complete")
                else:
                    break
            if isinstance(verdict, Refuse):
                self._run.fault(raw[at : at + 1], verdict.error, verdict.reason, out)
                at += 1
            else:
                self._run.end(out)
                frame = raw[at : at + verdict.length]
                results = tuple(_with_raw(result, frame) for result in verdict.results)
                out += results
                if self.remembers and verdict.length > 1:  # one byte may be the start of a longer command
                    remember(self._known, frame, results)
                    self._same_length = verdict.length
                at += verdict.length
                self._may_follow = bool(self._after)
        if at:
            self._previous = data[at - 1]
        self._rest = raw[at:]
        return out


@dataclass(frozen=True, slots=True)
class Span:
    """A delimited text: ``text`` between start and end mark, ``length`` of both marks and text."""

    text: bytes
    length: int


def span(data: bytes, at: int, *, ends: bytes, limit: int, inner: bytes = b"") -> Span | Refuse | None:
    """The printable text from the start byte at ``data[at]`` to one of ``ends``; None while incomplete.

    ``inner`` are unprintable bytes that may stand inside. The same start byte again means that the frame
    before it was cut short; any other unprintable byte is damage; ``limit`` bytes without an end are
    ``overlong``. Looks at no more than ``limit`` bytes.
    """
    found = _not_inside(inner).search(data, at + 1, min(len(data), at + limit))
    if not found:
        if len(data) - at >= limit:
            return Refuse("overlong", f"no end of frame within {limit} bytes")
        return None
    here = found.start()
    byte = data[here]
    if byte in ends:
        return Span(data[at + 1 : here], here + 1 - at)
    if byte == data[at]:
        return Refuse("bad_format", "a new frame starts before the end of this one")
    return Refuse("bad_format", "a control or 8-bit byte stands inside the frame")


@cache
def _not_inside(inner: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"[^\x20-\x7e" + re.escape(inner) + b"]")
