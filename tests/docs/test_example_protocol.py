"""The example package of docs/integrators is a protocol that passes the conformance kit and can be configured."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from devices.config import load_devices
from devices.conformance import Sample, torture
from devices.decode import decode
from devices.plugins import GROUP, load_plugins
from devices.protocols import CODECS
from tests.docs.tables import HOUSE

PACKAGE = HOUSE / "docs" / "integrators" / "example-protocol"
LINES = (
    b"B1 S G +001234.5 kg 5F\r\n",
    b"B1 M G +000730.0 kg 44\r\n",
    b"B1 S N -000020.5 kg 56\r\n",
    b"B1 O G +000000.0 kg 42\r\n",
)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of its protocol, as if the package were installed."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, value),) = project["entry-points"][GROUP].items()
    monkeypatch.syspath_prepend(str(PACKAGE / "src"))
    before = dict(CODECS)
    assert load_plugins([EntryPoint(name, value, GROUP)]) == [name]
    yield name
    CODECS.clear()
    CODECS.update(before)
    sys.modules.pop("bazaar_scale", None)


def test_it_passes_the_kit(installed: str) -> None:
    torture(installed, [Sample(line) for line in LINES], checked=True)


def test_its_own_test_uses_the_same_lines() -> None:
    text = (PACKAGE / "tests" / "test_bazaar_scale.py").read_text(encoding="utf-8")
    assert all(repr(line)[2:-1] in text for line in LINES)


def test_it_is_read_and_configured_like_ours(installed: str) -> None:
    assert decode(installed, LINES[0]) | {"weight": "1234.5", "unit": "kg", "stable": True} == decode(
        installed, LINES[0]
    )
    assert decode(installed, LINES[3])["weight"] is None
    (scale,) = load_devices(
        [
            {
                "id": "market-1",
                "kind": "scale",
                "protocol": installed,
                "url": "/dev/ttyS1",
                "point": "tally-1",
                "capacity_kg": 600,
                "division_kg": 1,
            }
        ]
    )
    assert scale.id == "market-1"
