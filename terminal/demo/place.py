"""The demo terminal's points and devices: what ``karvon.toml`` says in a real one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from terminal.settings import Settings, build

POINTS: tuple[dict[str, Any], ...] = (
    {"id": "gate-1", "name": "Gate 1", "steps": ["GATE_IN", "GATE_OUT"]},
    {"id": "gate-2", "name": "Gate 2", "steps": ["GATE_IN", "GATE_OUT"]},
    {"id": "weighbridge-1", "name": "Weighbridge", "steps": ["WEIGH_IN", "WEIGH_OUT"]},
    {"id": "tally-1", "name": "Dock 1, tally", "steps": ["TALLY", "UNLOAD"]},
    {"id": "storage-1", "name": "Warehouse 1", "steps": ["STORAGE", "PICK"]},
    {"id": "load-1", "name": "Dock 1, loading", "steps": ["LOAD", "UNLOAD", "SEAL"]},
    {"id": "pallet-scale-1", "name": "Pallet scale", "steps": ["TALLY"]},
    {"id": "platform-2", "name": "Platform scale 2", "steps": ["TALLY"]},
)

_VERIFIED = date(2030, 3, 1)


def devices(urls: Mapping[str, str]) -> list[dict[str, Any]]:
    """The ``[[devices]]`` tables, each at the address its simulator answers at."""
    scanners: list[dict[str, Any]] = [
        {"id": name, "kind": "scanner", "protocol": "scan_text", "point": point}
        for name, point in (
            ("gate-1-scanner", "gate-1"),
            ("gate-2-scanner", "gate-2"),
            ("tally-1-scanner", "tally-1"),
            ("load-1-scanner", "load-1"),
        )
    ]
    scales: list[dict[str, Any]] = [
        {
            "id": "weighbridge-1",
            "kind": "scale",
            "protocol": "yaohua_a9",
            "unit": "kg",
            "point": "weighbridge-1",
            "capacity_kg": Decimal(60000),
            "division_kg": Decimal(20),
            "verified_until": _VERIFIED,
        },
        {
            "id": "pallet-scale-1",
            "kind": "scale",
            "protocol": "mt_sics",
            "point": "pallet-scale-1",
            "capacity_kg": Decimal(1500),
            "division_kg": Decimal("0.5"),
            "verified_until": _VERIFIED,
        },
        {
            "id": "platform-2",
            "kind": "scale",
            "protocol": "and_standard",
            "point": "platform-2",
            "capacity_kg": Decimal(3000),
            "division_kg": Decimal(1),
            "verified_until": _VERIFIED,
        },
    ]
    camera: dict[str, Any] = {"id": "gate-1-camera", "kind": "camera", "point": "gate-1"}
    return [
        {**table, "url": urls[str(table["id"])]}
        for table in (*scanners, *scales, camera)
        if table["id"] in urls
    ]


def settings(data: Path, urls: Mapping[str, str]) -> Settings:
    """The settings of the demo terminal, its data in ``data``."""
    tables = {
        "data_dir": ".",
        "terminal": {"name": "Termez Cargo Center (demo)", "language": "en", "sscc_prefix": "9521234"},
        "points": POINTS,
        "devices": devices(urls),
        "weighing": {"outside": [{"id": "rail-motion", "verified_until": _VERIFIED}]},
    }
    return build(tables, base=data, demo=True)
