"""Frames that a pause completes or ends: the two ways codecs treat an idle line."""

from __future__ import annotations

from devices.protocols.framing import FrameCodec
from devices.protocols.results import Noise, Result


class PauseCodec(FrameCodec):
    """A frame codec whose :meth:`match` sees in :attr:`idle` that nothing more will come."""

    idle = False

    def flush(self) -> list[Result]:
        """The line has been idle: judge what is left with :attr:`idle` set, then start afresh."""
        self.idle = True
        try:
            return super().flush()
        finally:
            self.idle = False


class LengthCodec(FrameCodec):
    """A frame codec whose frames say their length: half a frame is one ``truncated`` piece, not many."""

    def flush(self) -> list[Result]:
        """The line has been idle: report the half frame, unless a whole one is found behind its start."""
        return join_truncated(super().flush())


def join_truncated(results: list[Result]) -> list[Result]:
    """From the first half frame on one ``truncated`` piece; left alone when a whole frame was found behind it."""
    first = next((n for n, r in enumerate(results) if isinstance(r, Noise) and r.error == "truncated"), None)
    if first is None:
        return results
    rest = [result for result in results[first:] if isinstance(result, Noise)]
    if len(rest) < len(results) - first:
        return results
    raw = b"".join(noise.raw for noise in rest)
    return [*results[:first], Noise("truncated", raw, rest[0].reason)]
