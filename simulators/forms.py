"""In which words a format can say what a scale shows: the richest first, and never one that says too much.

Formats differ in what they can carry (unit, stability, gross or net, a minus, overload). :func:`spoken` tries
one wording after the other and reads each back: a wording that would make a moving load look still, or another
weight of it, is not used; a format without words for the matter stays silent, as the real devices do.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from devices.protocols import Codec, codec
from devices.protocols.modbus import ModbusRtu
from devices.protocols.results import Message, Result, Weight
from simulators.weighing import Shown

#: formats whose numbers are in grams whatever the platform is
IN_GRAMS = frozenset({"massak_100", "massak_1c"})
#: a scale whose format has an error answer for it: protocol -> fields of the message
OVERLOADED: Mapping[str, Mapping[str, Any]] = {"massak_100": {"command": "28", "error_code": "08"}}
#: formats that a device sends only when the load stands still (print on stable)
ONLY_STABLE = frozenset({"mt_print"})


def spoken(
    protocol: str, settings: Mapping[str, Any], speaker: Codec, wordings: list[Result], *, moving: bool
) -> Result | None:
    """The first wording that the format can say and that reads back as what is meant; None for silence."""
    for wording in wordings:
        try:
            wire = speaker.encode(wording)
        except ValueError:
            continue
        if not isinstance(wording, Weight):
            return wording
        heard = _heard(protocol, settings, wire)
        if heard is None or heard.value != wording.value:
            continue
        if moving and heard.stable is True and heard.value is not None:
            continue
        return wording
    return None


def _heard(protocol: str, settings: Mapping[str, Any], wire: bytes) -> Weight | None:
    """What a host makes of it; some formats are believed only when several frames follow one another."""
    for repeats in (1, 4):
        reader = codec(protocol, settings)
        results = [*reader.feed(wire * repeats), *reader.flush()]
        weights = [result for result in results if isinstance(result, Weight)]
        if weights:
            return weights[-1]
    return None


def wordings(
    protocol: str, shown: Shown, unit: str, tare_kg: Decimal, request: Mapping[str, Any], speaker: Codec
) -> list[Result]:
    """What may be said about ``shown`` (gross kg), richest first; net of ``tare_kg`` where a tare is set."""
    extra = {key: value for key, value in request.items() if key != "command"}
    if protocol in IN_GRAMS:
        unit = "g"
    if shown.overload:
        return _without_weight("overload", unit, extra, protocol)
    if protocol in ONLY_STABLE and not shown.stable:
        return []
    net = bool(tare_kg)
    kg = shown.kg - tare_kg if net else shown.kg
    value = (1000 * kg).quantize(Decimal(1)) if unit == "g" else kg
    if net:
        extra["tare"] = (1000 * tare_kg).quantize(Decimal(1)) if unit == "g" else tare_kg
    sign: Literal[1, -1] = -1 if value < 0 else 1
    mode: Literal["net", "gross"] = "net" if net else "gross"
    stable = shown.stable
    motion = frozenset() if stable else frozenset({"motion"})
    if isinstance(speaker, ModbusRtu):
        extra |= {"gross": shown.kg, "net": shown.kg - tare_kg, **_status_word(speaker, shown, net=net)}
    found: list[Result] = [
        Weight(value, unit, stable, mode, sign, motion, extra),
        Weight(value, unit, stable, mode, sign, frozenset(), extra),
        Weight(value, unit, stable, None, sign, frozenset(), extra),
        Weight(value, unit, None, mode, sign, frozenset(), extra),
        Weight(value, unit, None, None, sign, frozenset(), extra),
    ]
    if not stable:
        found += _without_weight("motion", unit, extra, "")
    elif value < 0:
        found += _without_weight("underload", unit, extra, "")
    return found


def _without_weight(word: str, unit: str, extra: Mapping[str, Any], protocol: str) -> list[Result]:
    status, moving = frozenset({word}), False if word == "motion" else None
    found: list[Result] = [
        Weight(None, unit, moving, "gross", 1, status, extra),
        Weight(None, unit, moving, None, None, status, extra),
        Weight(None, None, moving, None, None, status, extra),
    ]
    if word == "overload" and protocol in OVERLOADED:
        found.append(Message(OVERLOADED[protocol]))
    return found


def _status_word(speaker: ModbusRtu, shown: Shown, *, net: bool) -> dict[str, int]:
    """The status word of a transmitter, from what its maker's bits mean."""
    bits = speaker.model.bits if speaker.model else speaker.bits
    if bits is None:
        return {}
    word = sum(
        1 << bit
        for bit, wanted in (
            (bits.stable, shown.stable),
            (bits.moving, not shown.stable),
            (bits.valid, True),
            (bits.net, net),
            (bits.minus, shown.kg < 0),
        )
        if bit is not None and wanted
    )
    return {"status_word": word}
