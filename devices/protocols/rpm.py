"""Radiation portal monitors of the TSA/Rapiscan VM-250 kind (``rpm_vm250``): comma-separated lines.

Source: a public driver and a recorded log. An occupancy alarms when any slice was GA or NA; it counts only with GX
and without a fault. No background line for 30 s is a fault. That state is kept above the codec; an unknown record is
refused, never read as "no alarm".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import LineCodec, read_settings, refuse
from devices.protocols.results import Message, Result
from devices.protocols.values import scaled

#: record -> (kind, alarm, fault); four counts follow
COUNTS: dict[str, tuple[str, bool, bool]] = {
    "GB": ("gamma", False, False),
    "GS": ("gamma", False, False),
    "GA": ("gamma", True, False),
    "GH": ("gamma", False, True),
    "GL": ("gamma", False, True),
    "NB": ("neutron", False, False),
    "NS": ("neutron", False, False),
    "NA": ("neutron", True, False),
    "NH": ("neutron", False, True),
}
_SETTINGS = ("SG1", "SG2", "SG3", "SN1", "SN2")
_TAMPER = {"TC": False, "TT": True}
_COUNT = re.compile(r"[0-9]{1,8}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_FIELD = re.compile(r"[ -+\x2d-~]{0,32}")


class RpmVm250(LineCodec):
    """One line is one record; some loggers append a relative time."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="rpm_vm250",
        kind="radiation",
        title="Radiation portal monitor VM-250",
        devices="TSA / Rapiscan VM-250, TM-850 and compatible portals (TCP or RS-232)",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="D",
        source="a public driver; a recorded log",
    )
    LIMIT = 256

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """No settings."""
        read_settings(self.info.name, config, {})
        super().__init__(limit=self.LIMIT)

    def line(self, line: bytes) -> Result | None:
        """One line without its end."""
        record, *fields = [field.strip(" ") for field in line.decode("latin-1").split(",")]
        if record in COUNTS:
            return self._counts(record, fields)
        if record == "GX":
            return self._end(fields)
        if record in _TAMPER:
            if not all(_DECIMAL.fullmatch(field) for field in fields):
                return refuse("bad_format", f"{record} carries {fields}, numbers expected")
            return Message({"record": record, "kind": "tamper", "alarm": _TAMPER[record]})
        if record == "SP":
            if not fields or not all(_DECIMAL.fullmatch(field) for field in fields):
                return refuse("bad_format", f"SP carries {fields}, numbers expected")
            return Message({"record": record, "kind": "speed", "values": fields})
        if record in _SETTINGS:
            if not all(_FIELD.fullmatch(field) for field in fields):
                return refuse("bad_format", f"{record} carries unprintable characters")
            return Message({"record": record, "kind": "setting", "values": fields})
        return refuse(
            "bad_format", f"{record[:16]!r} is no record we know: this line says nothing about alarms"
        )

    @staticmethod
    def _counts(record: str, fields: list[str]) -> Result:
        kind, alarm, fault = COUNTS[record]
        counts, rest = fields[:4], fields[4:]
        if len(counts) < 4 or not all(_COUNT.fullmatch(count) for count in counts):
            return refuse("bad_format", f"{record} needs four counts, not {','.join(counts)[:48]!r}")
        out: dict[str, Any] = {
            "record": record,
            "kind": kind,
            "counts": [int(count) for count in counts],
            "alarm": alarm,
            "fault": fault,
        }
        if len(rest) > 1 or not all(_DECIMAL.fullmatch(field) for field in rest):
            return refuse("bad_format", f"{record} carries more than four counts and a time")
        if rest:
            out["time"] = rest[0]
        return Message(out)

    @staticmethod
    def _end(fields: list[str]) -> Result:
        if not 1 <= len(fields) <= 5 or not all(_COUNT.fullmatch(field) for field in fields[:4]):
            return refuse("bad_format", f"GX needs the occupancy number, not {','.join(fields)[:48]!r}")
        if not all(_DECIMAL.fullmatch(field) for field in fields[4:]):
            return refuse("bad_format", "GX carries something that is no time behind its numbers")
        out: dict[str, Any] = {"record": "GX", "kind": "occupancy_end", "occupancy": int(fields[0])}
        if len(fields) > 1:
            out["neutron_background"] = scaled(fields[1], 3)
        if len(fields) == 5:
            out["time"] = fields[4]
        return Message(out)

    def encode(self, result: Result) -> bytes:
        """One line. Raises ``ValueError`` for a record this portal does not have."""
        fields = result.fields if isinstance(result, Message) else {}
        record = str(fields.get("record", ""))
        if record in COUNTS:
            parts = [f"{int(count):06d}" for count in fields["counts"]]
            if len(parts) != 4 or not all(_COUNT.fullmatch(part) for part in parts):
                raise ValueError(f"{record} carries four counts, not {fields['counts']!r}")
        elif record == "GX":
            background = int((fields.get("neutron_background") or 0) * 1000)
            parts = [f"{int(fields['occupancy']):04d}", f"{background:06d}", "000000", "000000"]
        elif record in _TAMPER or record == "SP" or record in _SETTINGS:
            parts = [str(value) for value in fields.get("values", ())]
        else:
            raise ValueError(f"rpm_vm250 has no record {record!r}")
        if "time" in fields:
            parts.append(str(fields["time"]))
        return ",".join([record, *parts]).encode("ascii") + b"\r\n"

    def poll(self) -> bytes | None:
        """None: the portal reports by itself."""
        return None
