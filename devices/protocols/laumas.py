"""Laumas W60/TLB/LCB ASCII dialog (``laumas_ascii``): ``$`` request, ``&`` answer, CR.

Sources: a public driver; Laumas W-light manual p. 31, LCB manual p. 66-67. No stability flag: compare readings
above the codec. The check of the acknowledgements is not computed like that of the weights and is not verified.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import hex_pair, xor
from devices.protocols.framing import (
    FrameCodec,
    Refuse,
    Verdict,
    accept,
    flag,
    one_of,
    read_settings,
    span,
    string,
)
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import decimal, plain, sign_of, unit_setting

_MODES: dict[str, Mode] = {"t": "gross", "n": "net"}
#: six characters instead of a weight
_ALARMS = {"O-L": "overload", "O-F": "error"}
_RESULTS = {"!": "ok", "?": "not_executable", "#": "out_of_range"}
_DIVISIONS = {3: 1, 4: 2, 5: 5, 6: 10, 7: 20, 8: 50, 9: 100}


class LaumasAscii(FrameCodec):
    """Request ``$aa command check CR``; answers ``&aa value letter \\ check CR``, ``&&aa! \\ check CR``, ``&aa# CR``."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="laumas_ascii",
        kind="scale",
        title="Laumas ASCII dialog",
        devices="Laumas W60, WL60, TLA600, TLB, LCB and others set to ASCII",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=False,
        confidence="D",
        source="a public driver; Laumas W-light manual p. 31",
    )
    _ANSWER = re.compile(r"([0-9]{2})([-0-9. O LF]{6})([a-z])\\([0-9A-F]{2})")
    _ACK = re.compile(r"&([0-9]{2})([!?#])(?:\\[0-9A-F]{2})?|([0-9]{2})(#)(?:\\[0-9A-F]{2})?")
    _DIGITS = re.compile(r"([0-9]{2})([0-9])([3-9])\\([0-9A-F]{2})")
    _REQUEST = re.compile(r"([0-9]{2})([0-9A-Za-z.+-]{1,16})([0-9A-F]{2})")
    _NUMBER = re.compile(r" *(-?) *([0-9]*\.?[0-9]+)")

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``; ``addr`` two digits (01) and ``ask`` t gross or n net (t) for the poll; ``request``."""
        settings = read_settings(
            self.info.name,
            config,
            {"unit": unit_setting, "addr": string(2), "ask": one_of("t", "n"), "request": flag},
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        super().__init__(b"$" if self.host else b"&", limit=40, after=b"\n")
        self.unit: str | None = settings.get("unit")
        self.addr: str = settings.get("addr", "01")
        if not re.fullmatch(r"[0-9]{2}", self.addr):
            raise ValueError(f"laumas_ascii: addr must be two digits such as 01, not {self.addr!r}")
        self.ask: str = settings.get("ask", "t")

    def match(self, data: bytes, at: int) -> Verdict:
        """Everything up to CR is printable ASCII."""
        got = span(data, at, ends=b"\r", limit=self.limit)
        if got is None or isinstance(got, Refuse):
            return got
        text = got.text.decode("ascii")
        return self._request(text, got.length) if self.host else self._answer(text, got.length)

    def _request(self, text: str, length: int) -> Verdict:
        found = self._REQUEST.fullmatch(text)
        if not found:
            return Refuse("bad_format", f"{text!r} is not address, command and check")
        expected = hex_pair(xor(text[:-2].encode("ascii"))).decode("ascii")
        if found[3] != expected:
            return Refuse("bad_checksum", f"check is {found[3]}, the characters give {expected}")
        return accept(length, Message({"command": found[2], "addr": found[1]}))

    def _answer(self, text: str, length: int) -> Verdict:
        if found := self._ACK.fullmatch(text):
            addr, mark = found[1] or found[3], found[2] or found[4]
            return accept(length, Message({"command": "ack", "addr": addr, "result": _RESULTS[mark]}))
        weight, digits = self._ANSWER.fullmatch(text), self._DIGITS.fullmatch(text)
        if not weight and not digits:
            return Refuse("bad_format", f"{text!r} is no answer of this protocol")
        expected = hex_pair(xor(text[:-3].encode("ascii"))).decode("ascii")
        if text[-2:] != expected:
            return Refuse("bad_checksum", f"check is {text[-2:]}, the characters give {expected}")
        if digits:
            division = _DIVISIONS[ord(digits[3]) - 48]
            fields = {
                "command": "D",
                "addr": digits[1],
                "decimals": ord(digits[2]) - 48,
                "division": division,
            }
            return accept(length, Message(fields))
        assert weight is not None
        addr, value_text, letter = weight[1], weight[2], weight[3]
        if (word := _ALARMS.get(value_text.strip(" "))) is not None:
            mode = _MODES.get(letter)
            return accept(
                length, Weight(None, self.unit, None, mode, None, frozenset({word}), {"addr": addr})
            )
        found = self._NUMBER.fullmatch(value_text)
        value = decimal(found[1] + found[2]) if found else None
        if value is None:
            return Refuse("bad_format", f"{value_text!r} is no number")
        if letter not in _MODES:  # set points and peak
            return accept(length, Message({"command": letter, "addr": addr, "value": value}))
        sign: Literal[1, -1] = -1 if sign_of(value) == -1 else 1
        return accept(
            length, Weight(value, self.unit, None, _MODES[letter], sign, frozenset(), {"addr": addr})
        )

    def encode(self, result: Result) -> bytes:
        """A weight, an acknowledgement, or (for the host) a command. Raises ``ValueError`` for what does not fit."""
        if isinstance(result, Weight):
            letter = next((k for k, mode in _MODES.items() if mode == result.mode), None)
            if letter is None:
                raise ValueError("an answer is gross or net; set the mode")
            alarm = next((text for text, word in _ALARMS.items() if word in result.status), None)
            if alarm:
                text = f"  {alarm} "
            elif result.value is None:
                raise ValueError("without a value only overload or error can be sent")
            else:
                negative = result.sign == -1 or result.value.is_signed()
                text = ("-" if negative else "") + plain(abs(result.value)).rjust(6 - negative, "0")
            if len(text) != 6:
                raise ValueError(f"{result.value} does not fit in six characters")
            body = f"{result.extra.get('addr', self.addr)}{text}{letter}".encode("ascii")
            return b"&" + body + b"\\" + hex_pair(xor(body)) + b"\r"
        if not isinstance(result, Message):
            raise ValueError("laumas_ascii sends weights, acknowledgements and commands")
        addr = str(result.fields.get("addr", self.addr))
        if result.fields.get("command") == "ack" and not self.host:
            mark = next((k for k, word in _RESULTS.items() if word == result.fields.get("result")), None)
            if mark is None:
                raise ValueError(f"result is one of {', '.join(_RESULTS.values())}")
            if mark == "#":
                return f"&{addr}#\r".encode("ascii")
            body = f"{addr}{mark}".encode("ascii")
            return b"&&" + body + b"\\" + hex_pair(xor(body)) + b"\r"
        body = f"{addr}{result.fields.get('command', '')}".encode("ascii", "replace")
        if not self._REQUEST.fullmatch(body.decode("ascii") + "00"):
            raise ValueError(f"two address digits and a command of letters and digits, not {body!r}")
        return b"$" + body + hex_pair(xor(body)) + b"\r"

    def poll(self) -> bytes | None:
        """Ask gross (or net, by ``ask``) of the configured address."""
        body = f"{self.addr}{self.ask}".encode("ascii")
        return b"$" + body + hex_pair(xor(body)) + b"\r"
