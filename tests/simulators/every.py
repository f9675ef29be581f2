"""For every codec of the product: how its simulated device is set up, and how the host is configured for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.protocols import CODECS, codec_class

#: settings that a codec needs to be of use; both ends get them
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "generic": {
        "frame": r"\x02(?P<status>[SM])(?P<weight>-?[0-9]{1,6}\.[0-9])(?P<unit>kg)\r\n",
        "stable": ["S"],
        "send": "\x02{status}{weight}{unit}\r\n",
    },
    "modbus_rtu": {"layout": "laumas", "decimals": 1, "addr": 1},
    "toledo_8217": {"decimals": 1},
    "sick_cola_a": {"data": True},
    "hikvision_anpr": {"boundary": "boundary"},
}
#: protocols whose device is reached by TCP in the field; scales take turns
TCP = frozenset({"keyence_tcp", "cognex_dmcc", "sick_cola_a", "sick_cola_b", "llrp", "rpm_vm250", "zpl_hs"})
SCALES = [name for name in CODECS if codec_class(name).info.kind == "scale"]
OTHERS = [name for name in CODECS if name not in SCALES]
LOAD = "124.5"


def settings(protocol: str) -> dict[str, Any]:
    """The codec's own settings, the unit too where the wire has none."""
    found = dict(SETTINGS.get(protocol, {}))
    if not codec_class(protocol).info.carries_unit:
        found["unit"] = "kg"
    return found


def simulated(protocol: str, port: str = "pty", **more: Any) -> dict[str, Any]:
    """The simulated device's table."""
    kind = codec_class(protocol).info.kind
    table: dict[str, Any] = {
        "id": protocol.replace("_", "-"),
        "kind": {"passport": "reader", "rfid": "reader"}.get(kind, kind),
        "protocol": protocol,
        "port": "tcp" if protocol in TCP else port,
        "codec": settings(protocol),
    }
    if kind == "scale":
        table |= {"capacity_kg": 300, "division_kg": "0.5", "rate_hz": 20}
    return table | more


def configured(protocol: str, url: str, **more: Any) -> dict[str, Any]:
    """The host's table for the device at ``url``."""
    kind = codec_class(protocol).info.kind
    table: dict[str, Any] = {
        "id": protocol.replace("_", "-"),
        "kind": {"passport": "reader", "rfid": "reader"}.get(kind, kind),
        "protocol": protocol,
        "url": url,
        "point": "gate-1",
        "codec": settings(protocol),
        "reconnect_s": 0.05,
    }
    if kind == "scale":
        unit = table["codec"].pop("unit", None)
        table |= {
            "capacity_kg": 300,
            "division_kg": "0.5",
            "verified_until": "2999-12-31",
            "stable": {"readings": 5, "seconds": 1.2},  # longer than a swing, for wires without "stable"
            "silence_s": 1.0,
            "poll_s": 0.04,
            "answer_s": 0.1,
            **({"unit": unit} if unit else {}),
        }
    return table | more
