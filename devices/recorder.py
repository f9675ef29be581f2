"""Recordings of a wire: every byte with its time, as JSON lines; replayed bit for bit.

The first line is the head (``karvon_recording`` 1, device, protocol, codec settings, start in UTC); each
further line is ``{"t": seconds since the start, "way": "in" | "out" | "gap", "hex": ...}``. A recording that
was cut off (power, full disk) is good up to its last whole line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TextIO

from devices.protocols import codec
from devices.protocols.results import Result
from devices.station import Tapped

VERSION = 1


class BadRecording(ValueError):  # noqa: N818 -- the name says what happened
    """The file is no recording, or damaged; the text names the line."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What passed at ``t`` seconds after the start."""

    t: float
    way: Literal["in", "out", "gap"]
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole recording."""

    device: str
    protocol: str
    settings: Mapping[str, Any]
    started: datetime
    pieces: tuple[Piece, ...] = field(default_factory=tuple)

    @property
    def received(self) -> bytes:
        """All bytes that came from the device, in order."""
        return b"".join(piece.data for piece in self.pieces if piece.way == "in")

    def frames(self, protocol: str | None = None) -> Iterator[tuple[float, bytes, list[Result]]]:
        """Feed the pieces as they came to a fresh codec: time, bytes, frames completed.

        A break in the line flushes the codec, as it did when it was recorded. Raises ``KeyError`` for an
        unknown protocol, ``ValueError`` for impossible settings.
        """
        settings = self.settings if protocol in {None, self.protocol} else {}
        decoder = codec(protocol or self.protocol, settings)
        last = 0.0
        for piece in self.pieces:
            last = piece.t
            if piece.way == "gap":
                yield piece.t, b"", decoder.flush()
            elif piece.way == "in":
                yield piece.t, piece.data, decoder.feed(piece.data)
        yield last, b"", decoder.flush()


class Recorder:
    """Writes what a tap hears; every line is flushed, so that a power cut costs one line at most."""

    def __init__(
        self,
        path: Path,
        *,
        device: str,
        protocol: str,
        settings: Mapping[str, Any],
        started: datetime,
        t0: float,
    ) -> None:
        """Raises ``FileExistsError``: a recording is never overwritten. ``t0`` is the monotonic start."""
        self.path = path
        self.bytes = 0
        self._t0 = t0
        self._file: TextIO = path.open("x", encoding="utf-8")
        self._line(
            {
                "karvon_recording": VERSION,
                "device": device,
                "protocol": protocol,
                "codec": dict(settings),
                "started": started.astimezone(UTC).isoformat(),
            }
        )

    def __call__(self, tapped: Tapped) -> None:
        """Take one piece."""
        if not tapped.data and tapped.way != "gap":
            return
        self.bytes += len(tapped.data)
        t = round(max(0.0, tapped.t - self._t0), 6)
        self._line({"t": t, "way": tapped.way, "hex": tapped.data.hex()})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _line(self, value: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False, default=_text) + "\n")
        self._file.flush()


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{value!r} cannot be written to a recording")


def read_recording(path: Path) -> Recording:
    """A recording from its file. Raises :class:`BadRecording` naming the line, ``OSError``."""
    with path.open(encoding="utf-8", errors="strict") as file:
        try:
            return parse_recording(file)
        except UnicodeDecodeError as error:
            raise BadRecording(f"the file is no text: {error.reason}") from None


def parse_recording(lines: Iterable[str]) -> Recording:
    """A recording from its lines. A last line without its end is left out. Raises :class:`BadRecording`."""
    head: dict[str, Any] | None = None
    pieces: list[Piece] = []
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\n"):
            break  # cut off while it was written
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise TypeError("no object")
            if head is None:
                if value.get("karvon_recording") != VERSION:
                    raise ValueError("no head of a recording")
                head = value
                started = datetime.fromisoformat(value["started"])
                if started.tzinfo is None:
                    raise ValueError("a start without a time zone")
                continue
            way = value["way"]
            if way not in {"in", "out", "gap"} or isinstance(value["t"], bool):
                raise ValueError("no such way")
            pieces.append(Piece(float(value["t"]), way, bytes.fromhex(value["hex"])))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadRecording(f"line {number} is no line of a recording: {error}") from None
    if head is None:
        raise BadRecording("the file is empty")
    settings = head.get("codec", {})
    if not isinstance(settings, dict):
        raise BadRecording("line 1: `codec` is no table of settings")
    return Recording(
        str(head.get("device", "")),
        str(head.get("protocol", "")),
        settings,
        started.astimezone(UTC),
        tuple(pieces),
    )
