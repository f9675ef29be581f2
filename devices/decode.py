"""Recorded bytes to a plain dictionary: what ``karvon devices decode`` prints.

The shape is that of the frame collection in the device documentation: flat keys for one reading
(``weight unit stable mode sign status`` and what else the frame carried; ``barcode`` for a label),
``readings`` for several or where a refused line stood beside, ``skipped`` for bytes thrown away while
searching, ``error`` with its word (and ``reason``) for bytes that give no reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from devices.protocols import CODECS, Codec, Direction, Label, Message, Noise, Result, Weight, codec
from devices.protocols.values import plain

#: Indicators that send no unit; nearly all of them weigh trucks in kg. Only this diagnostic tool assumes
#: so when no unit is configured: a device of the product has no default unit.
ASSUMED_UNITS: Mapping[str, str] = dict.fromkeys(
    ("yaohua_a9", "yaohua_cmd", "equals", "keli_bcd5", "tenzo_m", "tenzo_643"), "kg"
)


def decode(
    protocol: str,
    data: bytes | str,
    config: Mapping[str, Any] | None = None,
    direction: Direction = "device_to_host",
) -> dict[str, Any]:
    """Decode everything in ``data`` (bytes, or hex text with or without blanks) as if the line then went idle.

    Raises ``ValueError`` with a sentence for an unknown protocol, an impossible setting or bad hex.
    """
    if protocol not in CODECS:
        raise ValueError(f"there is no protocol {protocol!r}; `karvon devices protocols` lists them")
    raw = _unhex(data) if isinstance(data, str) else data
    settings = dict(config or {})
    if protocol in ASSUMED_UNITS:
        settings.setdefault("unit", ASSUMED_UNITS[protocol])
    reader = codec(protocol, settings, direction=direction)
    return summary([*reader.feed(raw), *reader.flush()], line_oriented=line_oriented(reader))


def line_oriented(reader: Codec) -> bool:
    """Whether a refused line of this codec is a refused reading (and not bytes skipped in a search)."""
    return bool(getattr(reader, "line_oriented", False))


def summary(results: Sequence[Result], *, line_oriented: bool) -> dict[str, Any]:
    """One dictionary for everything that came out of one byte string."""
    readings = [_reading(result) for result in results if not isinstance(result, Noise)]
    noise = [result for result in results if isinstance(result, Noise)]
    if not readings:
        # the first fault that is more than stray bytes; a half frame counts only when nothing else is wrong
        ranked = sorted(noise, key=lambda n: {"noise": 2, "truncated": 1}.get(n.error, 0))
        worst = ranked[0] if ranked else Noise("noise", b"", "no bytes that could be a frame")
        return {"error": worst.error, "reason": worst.reason}
    refused = [n for n in noise if n.error not in ("noise", "truncated")]
    alone = len(readings) == 1 and not (line_oriented and refused)
    out: dict[str, Any] = dict(readings[0]) if alone else {"readings": readings}
    counted = [n for n in noise if n.error == "noise" or (not line_oriented and n.error != "truncated")]
    skipped = sum(len(n.raw) for n in counted)
    if skipped:
        out["skipped"] = skipped
    return out


def _reading(result: Result) -> dict[str, Any]:
    if isinstance(result, Weight):
        return {
            "weight": None if result.value is None else plain(result.value),
            "unit": result.unit,
            "stable": result.stable,
            "mode": result.mode,
            "sign": result.sign,
            "status": sorted(result.status),
            **_json(result.extra),
        }
    if isinstance(result, Label):
        out: dict[str, Any] = {"barcode": result.text}
        reads_aim = "ai_string" in result.extra  # a reader of identifiers says so when there was none
        if result.aim is not None or reads_aim:
            out["aim"] = result.aim
        if result.symbology is not None or reads_aim:
            out["symbology"] = result.symbology
        return {**out, **_json(result.extra)}
    assert isinstance(result, Message)
    fields: dict[str, Any] = _json(result.fields)
    return fields


def _json(value: Any) -> Any:
    """Plain JSON values: decimals as text, bytes as hex, tuples as lists, sets sorted."""
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, bytes | bytearray):
        return value.hex(" ").upper()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value


def _unhex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"this is no hex text (pairs of 0-9 A-F, blanks between): {text[:40]!r}") from None
