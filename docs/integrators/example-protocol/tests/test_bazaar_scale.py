"""What a codec must withstand, on lines of the scale."""

from __future__ import annotations

from devices.conformance import Sample, torture
from devices.plugins import load_plugins

LINES = (
    b"B1 S G +001234.5 kg 5F\r\n",
    b"B1 M G +000730.0 kg 44\r\n",
    b"B1 S N -000020.5 kg 56\r\n",
    b"B1 O G +000000.0 kg 42\r\n",
)


def test_the_codec_passes_the_kit() -> None:
    load_plugins()  # finds the entry point of the installed package
    torture("bazaar_b1", [Sample(line) for line in LINES], checked=True)
