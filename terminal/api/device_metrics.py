"""Figures of the devices for Prometheus: one series a device."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, time

from devices.config import AnyDevice, Scale
from devices.health import Counters, Health


def lines(health: Sequence[Health], devices: Sequence[AnyDevice], now: datetime) -> list[str]:
    """Every figure of every device, in the text format 0.0.4."""
    out = _gauge("up", "1 when a device can be worked with.", ((h.device, int(h.ok)) for h in health))
    out += [
        "# HELP karvon_device_info What a device is; the value says nothing.",
        "# TYPE karvon_device_info gauge",
        *(
            f'karvon_device_info{{device="{h.device}",kind="{h.kind}",protocol="{h.protocol}",'
            f'state="{h.state}",firmware="{_label(h.firmware)}"}} 1'
            for h in health
        ),
    ]
    out += _gauge(
        "frame_rate", "Frames a second over the last ten seconds.", ((h.device, h.frame_rate) for h in health)
    )
    out += _gauge(
        "last_frame_age_seconds",
        "Seconds since the last frame.",
        (
            (h.device, round(max(0.0, (now - h.last_frame).total_seconds()), 3))
            for h in health
            if h.last_frame is not None
        ),
    )
    out += _gauge(
        "verified_until_seconds",
        "Unix time at which the verification of a scale runs out.",
        (
            (d.id, int(datetime.combine(d.verified_until, time.max, UTC).timestamp()))
            for d in devices
            if isinstance(d, Scale) and d.verified_until is not None
        ),
    )
    for item in fields(Counters):
        out += [
            f"# HELP karvon_device_{item.name}_total {item.name.replace('_', ' ')} since start.",
            f"# TYPE karvon_device_{item.name}_total counter",
            *(
                f'karvon_device_{item.name}_total{{device="{h.device}"}} {getattr(h.counters, item.name)}'
                for h in health
            ),
        ]
    return out


def _gauge(name: str, about: str, values: Iterable[tuple[str, float]]) -> list[str]:
    rows = [f'karvon_device_{name}{{device="{device}"}} {value}' for device, value in values]
    return [f"# HELP karvon_device_{name} {about}", f"# TYPE karvon_device_{name} gauge", *rows]


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
