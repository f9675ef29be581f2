"""Barcode kinds by other hands: zxing-cpp names each symbol it reads, our tables must mean the same by it."""

from __future__ import annotations

import pytest
import zxingcpp

from devices.protocols import codec
from devices.protocols.results import Label
from simulators.symbologies import name_of

#: how zxing-cpp is asked for a symbol, its content, and what GS1 calls the identifier
SYMBOLS = [
    (zxingcpp.BarcodeFormat.Code128, "PALLET-0042", "Code 128"),
    (zxingcpp.BarcodeFormat.Code39, "TIR12345678", "Code 39"),
    (zxingcpp.BarcodeFormat.EAN13, "4006381333931", "EAN-13"),
    (zxingcpp.BarcodeFormat.ITF, "19521234543210", "Interleaved 2 of 5"),
    (zxingcpp.BarcodeFormat.QRCode, "UNHCR tents", "QR Code"),
    (zxingcpp.BarcodeFormat.DataMatrix, "UNHCR tents", "Data Matrix"),
    (zxingcpp.BarcodeFormat.PDF417, "UNHCR tents", "PDF417"),
    (zxingcpp.BarcodeFormat.Aztec, "UNHCR tents", "Aztec"),
    (zxingcpp.BarcodeFormat.Code93, "PALLET42", "Code 93"),
]


@pytest.mark.parametrize(("kind", "text", "name"), SYMBOLS, ids=str)
def test_identifiers_mean_the_same_kind(kind: zxingcpp.BarcodeFormat, text: str, name: str) -> None:
    picture = zxingcpp.create_barcode(text, kind).to_image(scale=4)
    (read,) = zxingcpp.read_barcodes(picture)
    assert name_of(read.symbology_identifier) == name
    reader = codec("scan_text")
    (label,) = reader.feed(f"{read.symbology_identifier}{text}\r".encode())
    assert isinstance(label, Label)
    assert (label.text, label.aim) == (text, read.symbology_identifier)
    ssi = codec("ssi")
    (again,) = codec("ssi").feed(ssi.encode(Label(text, read.symbology_identifier, name)))
    assert isinstance(again, Label)
    told = "ITF" if name == "Interleaved 2 of 5" else name  # as the guide of SSI names it
    assert (again.text, again.aim, again.symbology) == (text, read.symbology_identifier, told)
