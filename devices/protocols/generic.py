"""Any device that prints a number, described by a regular expression (``generic``).

Record ten seconds first, write the pattern on the recording, then compare with the display. A pattern with an end
mark is decided when the mark arrives; without one, when the byte behind the match (or a pause) shows that it cannot
grow any more. So where the bytes are cut makes no difference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import flag, read_settings, string, whole
from devices.protocols.massak import positive
from devices.protocols.modbus_layouts import FATAL
from devices.protocols.noise import NoiseRun
from devices.protocols.patterns import compile_frame
from devices.protocols.results import Mode, Noise, Result, Weight
from devices.protocols.scan_text import texts
from devices.protocols.values import decimal, plain, sign_of, unit_of, unit_setting

_SPACED_SIGN = re.compile(r"([+-]?) *([0-9.,][0-9.,' ]*)")


def _modes(name: str, value: Any) -> dict[str, Mode]:
    """Setting: text on the wire -> gross, net or tare."""
    if not isinstance(value, Mapping) or not all(v in ("gross", "net", "tare") for v in value.values()):
        raise ValueError(f"{name} must map texts to gross, net or tare, not {value!r}")
    return {str(key): mode for key, mode in value.items()}


def _words(name: str, value: Any) -> dict[str, str]:
    """Setting: text on the wire -> status word."""
    if not isinstance(value, Mapping) or not all(isinstance(v, str) and v for v in value.values()):
        raise ValueError(f"{name} must map texts to status words such as overload, not {value!r}")
    return {str(key): word for key, word in value.items()}


def _anything_listed(name: str, value: Any) -> tuple[str, ...]:
    """Setting: a list of texts, an empty text allowed (``stable`` may be told by silence)."""
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return texts(name, value)


class Generic:
    """The codec. Named groups of ``frame``: ``weight`` (must be there), ``sign``, ``unit``, ``status``, ``mode``."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="generic",
        kind="scale",
        title="Configurable: a regular expression",
        devices="everything that prints a number and has no codec of its own",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=False,
        confidence="B",
        source="the recording the pattern was written on",
    )
    #: bytes that match nothing are a misfit of the pattern, not noise skipped on the way to a frame
    line_oriented: ClassVar[bool] = False

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``frame`` (required) the pattern; ``unit`` when the wire has none; ``stable`` status texts that
        mean stable; ``modes`` text to gross/net/tare; ``status_words`` status text to status; ``negative`` sign texts
        that mean minus (``-``); ``no_weight`` status when the frame matches without a weight; ``multiply`` factor;
        ``decimal_comma``; ``max`` bytes of one frame (512); ``poll`` text to ask with; ``send`` template to speak with,
        such as ``{weight} {unit}\\r\\n``.
        """
        settings = read_settings(
            self.info.name,
            config,
            {
                "frame": string(1024),
                "unit": unit_setting,
                "stable": _anything_listed,
                "modes": _modes,
                "status_words": _words,
                "negative": texts,
                "no_weight": string(32),
                "multiply": positive,
                "decimal_comma": flag,
                "max": whole(8, 2048),
                "poll": string(64),
                "send": string(256),
            },
        )
        if "frame" not in settings:
            raise ValueError("generic: `frame` is missing; give the regular expression of one frame")
        try:
            self.pattern, self._mark = compile_frame(settings["frame"])
        except ValueError as error:
            raise ValueError(f"generic: `frame`: {error}") from None
        self.unit: str | None = settings.get("unit")
        self.stable: tuple[str, ...] | None = settings.get("stable")
        self.modes: dict[str, Mode] = settings.get("modes", {})
        self.status_words: dict[str, str] = settings.get("status_words", {})
        self.negative: tuple[str, ...] = settings.get("negative", ("-",))
        self.no_weight: str | None = settings.get("no_weight")
        self.multiply: Decimal = settings.get("multiply", Decimal(1))
        self.decimal_comma: bool = settings.get("decimal_comma", False)
        self.max: int = settings.get("max", 512)
        self._poll: str | None = settings.get("poll")
        self._send: str | None = settings.get("send")
        self._buffer = bytearray()
        self._run = NoiseRun()

    @property
    def pending(self) -> int:
        """How many bytes are held back; at most ``max`` and one run of noise."""
        return len(self._buffer) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return what it completed. Never raises, never waits."""
        out: list[Result] = []
        at = 0
        while at < len(data):
            if self._mark is None:
                end = at + 1
            else:
                end = data.find(self._mark, at) + 1 or len(data)
                end = min(end, at + self.max)
            self._buffer += data[at:end]
            if self._mark is None or self._buffer[-1] == self._mark:
                self._search(out, idle=False)
            if (excess := len(self._buffer) - self.max) > 0:
                self._run.skip(
                    bytes(self._buffer[:excess]), out, "bytes that the pattern `frame` does not match"
                )
                del self._buffer[:excess]
            at = end
        return out

    def flush(self) -> list[Result]:
        """The line has been idle: what still matches counts, the rest does not fit the pattern."""
        out: list[Result] = []
        self._search(out, idle=True)
        if self._buffer:
            reason = "the bytes before the pause do not match the pattern `frame`"
            self._run.fault(bytes(self._buffer), "bad_format", reason, out)
        self._run.end(out)
        self._buffer.clear()
        return out

    def _search(self, out: list[Result], *, idle: bool) -> None:
        while self._buffer:
            found = self.pattern.search(self._buffer)
            if not found or found.end() == 0:
                return
            if self._mark is None and not idle and found.end() == len(self._buffer):
                return  # the next byte may still belong to it
            self._run.skip(
                bytes(self._buffer[: found.start()]), out, "bytes that the pattern `frame` does not match"
            )
            raw = bytes(found[0])
            result = self._result(found, raw)
            if isinstance(result, Noise):
                self._run.fault(raw, result.error, result.reason, out)
            else:
                self._run.end(out)
                out.append(result)
            del self._buffer[: found.end()]

    def _group(self, found: re.Match[bytes], name: str) -> str | None:
        """Text of a group; None when the pattern lacks it or it took no part in the match."""
        if name not in self.pattern.groupindex or found[name] is None:
            return None
        return bytes(found[name]).decode("latin-1")

    def _result(self, found: re.Match[bytes], raw: bytes) -> Weight | Noise:
        status = self._group(found, "status")
        words = set[str]()
        stable: bool | None = None
        if status is not None:
            if self.stable is not None:
                stable = status in self.stable
                if not stable:
                    words.add("motion")
            if status in self.status_words:
                words.add(self.status_words[status])
        unit_text = self._group(found, "unit")
        unit = unit_of(unit_text) if unit_text is not None and unit_text.strip() else self.unit
        if unit is None and unit_text is not None and unit_text.strip():
            return Noise("bad_format", raw, f"{unit_text!r} is no unit we know")
        mode = self.modes.get(self._group(found, "mode") or "")
        text = self._group(found, "weight")
        if text is None:
            if self.no_weight is None:
                return Noise(
                    "bad_format",
                    raw,
                    "the frame matches without a weight; set `no_weight` to what that means",
                )
            words.add(self.no_weight)
            return Weight(None, unit, stable, mode, None, frozenset(words), raw=raw)
        value = self._number(text)
        if value is None:
            return Noise("bad_format", raw, f"{text!r} is no number")
        if (self._group(found, "sign") or "").strip() in self.negative:
            value = -abs(value) if value else abs(value).copy_negate()
        if self.multiply != 1:
            value *= self.multiply
        sign: Literal[1, -1] = -1 if sign_of(value) == -1 else 1
        if words & FATAL:
            return Weight(None, unit, stable, mode, None, frozenset(words), raw=raw)
        return Weight(value, unit, stable, mode, sign, frozenset(words), raw=raw)

    def _number(self, text: str) -> Decimal | None:
        found = _SPACED_SIGN.fullmatch(text.strip(" "))
        if not found:
            return None
        digits = found[2]
        if self.decimal_comma:
            digits = digits.replace(",", ".") if "." not in digits else ""
        return decimal(found[1] + digits)

    def encode(self, result: Result) -> bytes:
        """The ``send`` template filled in. Raises ``ValueError`` without one, or when the pattern would not read it."""
        if self._send is None:
            raise ValueError(
                "generic: set `send`, a template such as {weight} {unit}\\r\\n, to speak this format"
            )
        if not isinstance(result, Weight) or result.value is None:
            raise ValueError("generic can only send weights with a value")
        value = result.value / self.multiply if self.multiply != 1 else result.value
        parts = {
            "{weight}": plain(abs(value) if "{sign}" in self._send else value),
            "{sign}": self.negative[0] if value.is_signed() else "+",
            "{unit}": result.unit or "",
            "{status}": (self.stable or ("",))[0],
            "{mode}": next((text for text, mode in self.modes.items() if mode == result.mode), ""),
        }
        text = self._send
        for name, part in parts.items():
            text = text.replace(name, part)
        raw = text.encode("latin-1")
        found = self.pattern.search(raw)
        if not found or not isinstance(self._result(found, raw), Weight):
            raise ValueError(f"`send` gives {raw!r}, which `frame` does not match")
        return raw

    def poll(self) -> bytes | None:
        """The configured ``poll`` text, None for a device that streams."""
        return self._poll.encode("latin-1") if self._poll else None
