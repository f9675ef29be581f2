"""The wire format of the Bazaar B1, an invented market scale, as an example of a protocol for Karvon.

The scale sends about ten lines a second, 9600 8N1::

    B1 S G +001234.5 kg 5F CR LF
    |  | | |         |  XOR of all characters before the last blank, two hex digits
    |  | | |         unit: kg or g
    |  | | weight: sign, six digits, point, one digit
    |  | G gross or N net
    |  S standing still, M moving, O overload (the digits then mean nothing)
    name of the format
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction, Result, Weight
from devices.protocols.checks import xor
from devices.protocols.framing import COMMON, LineCodec, from_host, read_settings, refuse

# Nothing on a wire is given to int() or Decimal() before it matched a pattern that allows digits only.
_LINE = re.compile(rb"(B1 ([SMO]) ([GN]) ([+-][0-9]{6}\.[0-9]) (kg|g)) ([0-9A-F]{2})")
_LARGEST = Decimal("999999.9")


class BazaarB1(LineCodec):
    """One line: state, gross or net, weight, unit, check."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="bazaar_b1",
        kind="scale",
        title="Bazaar B1",
        devices="Bazaar B1 market scale (invented)",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="B",
        source="this file",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """No settings of its own. Raises ``ValueError`` for a setting that does not exist."""
        from_host(direction, read_settings(self.info.name, config, COMMON))
        super().__init__()

    def line(self, line: bytes) -> Result | None:
        """One line without its end; the base class keeps the buffer and finds the ends."""
        found = _LINE.fullmatch(line)
        if found is None:
            return refuse("bad_format", "not a Bazaar B1 line")
        if xor(found[1]) != int(found[6], 16):
            return refuse("bad_checksum", f"the check is {found[6].decode()}, computed {xor(found[1]):02X}")
        over = found[2] == b"O"
        status = {b"M": {"motion"}, b"O": {"overload"}}.get(found[2], set())
        return Weight(
            value=None if over else Decimal(found[4].decode("ascii")),
            unit=found[5].decode("ascii"),
            stable=None if over else found[2] == b"S",
            mode="gross" if found[3] == b"G" else "net",
            sign=-1 if found[4][:1] == b"-" else 1,
            status=frozenset(status),
        )

    def encode(self, result: Result) -> bytes:
        """The line that the scale sends for a weight. Raises ``ValueError`` for what the format cannot say."""
        if not isinstance(result, Weight) or result.unit not in ("kg", "g"):
            raise ValueError("Bazaar B1 says weights in kg or g and nothing else")
        if abs(result.value or Decimal(0)) > _LARGEST:
            raise ValueError(f"Bazaar B1 has six digits before the point; {result.value} has more")
        state = "O" if result.value is None else "S" if result.stable else "M"
        sign = "-" if result.sign == -1 else "+"
        digits = f"{abs(result.value or Decimal(0)):08.1f}"
        text = f"B1 {state} {'N' if result.mode == 'net' else 'G'} {sign}{digits} {result.unit}".encode()
        return text + f" {xor(text):02X}\r\n".encode("ascii")

    def poll(self) -> None:
        """The scale sends by itself: nothing is asked."""


__all__ = ["BazaarB1"]
