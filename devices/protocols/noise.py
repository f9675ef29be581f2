"""Bytes that gave no reading, collected into few values however they were cut."""

from __future__ import annotations

from devices.protocols.results import ErrorWord, Noise, Result

#: longest run of thrown-away bytes reported in one :class:`Noise`
NOISE_LIMIT = 256


class NoiseRun:
    """Collects thrown-away bytes into few :class:`Noise` values, cut at places that do not depend on reads.

    A fault opens a new run; plain bytes skipped while looking for a start join the run before them; a run
    ends at the next frame, the next other fault, :data:`NOISE_LIMIT` bytes, or idle.
    """

    __slots__ = ("_bytes", "_error", "_fresh", "_reason")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._error: ErrorWord = "noise"
        self._reason = ""
        self._fresh = False  # the last byte opened or extended a fault, nothing was skipped since

    def __len__(self) -> int:
        return len(self._bytes)

    def skip(self, data: bytes, out: list[Result], reason: str = "bytes outside any frame") -> None:
        """Throw away ``data`` that does not start a frame."""
        if not data:
            return
        if not self._bytes:
            self._error, self._reason = "noise", reason
        self._fresh = False
        self._fill(data, out)

    def fault(self, data: bytes, error: ErrorWord, reason: str, out: list[Result]) -> None:
        """Throw away ``data`` because of a fault worth counting by itself."""
        if not (self._fresh and self._error == error and self._reason == reason):
            self.end(out)
            self._error, self._reason = error, reason
        self._fresh = True
        self._fill(data, out)

    def end(self, out: list[Result]) -> None:
        """Report what has been thrown away so far."""
        if self._bytes:
            out.append(Noise(self._error, bytes(self._bytes), self._reason))
            self._bytes.clear()
        self._error, self._reason, self._fresh = "noise", "", False

    def _fill(self, data: bytes, out: list[Result]) -> None:
        at = 0
        while at < len(data):
            piece = data[at : at + NOISE_LIMIT - len(self._bytes)]
            self._bytes += piece
            at += len(piece)
            if len(self._bytes) >= NOISE_LIMIT:
                out.append(Noise(self._error, bytes(self._bytes), self._reason))
                self._bytes.clear()
                if self._error != "noise" and not self._fresh:
                    self._error, self._reason = "noise", "bytes outside any frame"
