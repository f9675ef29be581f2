"""Foreign pictures, made pictures and hostile pictures: what is read, and above all what is not."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from devices import vision
from terminal.bench import pictures
from terminal.bench.barcodes import right_and_wrong

SAMPLES = Path(__file__).parents[2] / "data" / "barcodes"
MANIFEST = [json.loads(line) for line in (SAMPLES / "manifest.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: str(entry["file"]))
def test_a_foreign_picture_gives_its_texts_and_nothing_else(entry: dict[str, object]) -> None:
    codes = vision.read_image((SAMPLES / str(entry["file"])).read_bytes(), rules=vision.ANY_ITF)
    expected, also = entry["expected"], entry["also_present"]
    assert isinstance(expected, list)
    assert isinstance(also, list)
    complete, wrong = right_and_wrong(expected, also, [code.text for code in codes])
    assert not wrong
    assert complete


@pytest.mark.parametrize("axis", ["distance", "defocus", "dark", "rotation", "tilt", "dust", "jpeg"])
def test_a_label_in_a_frame_is_known(axis: str) -> None:
    made = pictures.frame(axis, 2, 11)
    codes = vision.read_image(made.pixels, deep=False)
    assert made.texts[0] in {vision.sscc_of(code) for code in codes}


def test_a_dock_without_labels_gives_nothing() -> None:
    for seed in range(3):
        assert vision.read_image(pictures.empty_frame(seed).pixels, deep=False) == []
    assert vision.read_image(pictures.empty_frame(9).pixels) == []


@pytest.mark.parametrize("kind", pictures.STILL_KINDS)
def test_every_symbology_is_read_in_a_fair_photo(kind: str) -> None:
    made = pictures.still(kind, 1, 5)
    complete, wrong = right_and_wrong(made.texts, (), [code.text for code in vision.read_image(made.pixels)])
    assert complete
    assert not wrong


@pytest.mark.parametrize("kind", ["EAN13", "UPCA", "Code128", "Code39", "ITF", "DataBarOmni"])
def test_half_a_code_is_no_code(kind: str) -> None:
    random = np.random.default_rng(3)
    whole = pictures.symbol(kind, pictures.payload(kind, random), 3, 40)
    for share in (0.4, 0.6, 0.8):
        for blur in (0.5, 1.5):
            cut = whole[:, : int(whole.shape[1] * share)]
            scene = cv2.GaussianBlur(np.pad(cut, 40, constant_values=255), (0, 0), blur)
            assert vision.read_image(scene, rules=vision.ANY_ITF) == []


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), period=st.floats(4, 20))
def test_stripes_and_noise_give_nothing(seed: int, period: float) -> None:
    random = np.random.default_rng(seed)
    wave = np.sign(np.sin(np.arange(300) / period * 6.28 + random.normal(0, 0.4, 300)))
    scene = np.clip(127 + 90 * wave[None] + random.normal(0, 15, (160, 300)), 0, 255).astype(np.uint8)
    assert vision.read_image(scene, rules=vision.ANY_ITF) == []


def test_linear_codes_are_confident_only_by_agreement() -> None:
    codes = vision.read_image(pictures.still("EAN13", 0, 2).pixels)
    assert [code.confident for code in codes] == [True]
    assert codes[0].votes >= 2
    assert codes[0].symbology == "EAN-13"


def test_corners_lie_on_the_symbol_in_pixels_of_the_picture() -> None:
    symbol = pictures.symbol("DataMatrix", "KARVON", 6)
    scene = np.full((1500, 2000), 200, np.uint8)
    scene[900 : 900 + symbol.shape[0], 1400 : 1400 + symbol.shape[1]] = symbol
    (code,) = vision.read_image(scene)
    for x, y in code.corners:
        assert 1395 <= x <= 1405 + symbol.shape[1]
        assert 895 <= y <= 905 + symbol.shape[0]


def test_interleaved_two_of_five_is_fourteen_digits_at_the_terminal() -> None:
    short = pictures.symbol("ITF", "123456", 4)
    assert vision.read_image(short) == []
    assert [code.text for code in vision.read_image(short, rules=vision.ANY_ITF)] == ["123456"]
    long = pictures.symbol("ITF", "00012345678905", 4)
    assert [code.text for code in vision.read_image(long)] == ["00012345678905"]


@pytest.mark.parametrize(("severity", "seed"), [(1, 501), (2, 500)])
def test_a_scan_line_that_leaves_slanting_bars_gives_no_part_of_a_code(severity: int, seed: int) -> None:
    made = pictures.still("ITF", severity, seed)
    texts = [code.text for code in vision.read_image(made.pixels, rules=vision.ANY_ITF)]
    assert texts == [made.texts[0]]


def test_gs1_parts_come_out_of_every_carrier() -> None:
    plain = "(01)09501101530003(10)ABC"
    parts = {"01": "09501101530003", "10": "ABC"}
    for form in ("Code128", "DataMatrix", "QRCode"):
        kind = getattr(zxingcpp.BarcodeFormat, form)
        made = zxingcpp.create_barcode(plain, kind, gs1=True)
        pixels = np.pad(np.array(made.to_image(scale=4)), 20, constant_values=255)
        (code,) = vision.read_image(pixels)
        assert vision.elements_of(code) == parts
    assert vision.elements_of(vision.read_image(pictures.symbol("EAN13", "4836734615731", 4))[0]) is None


@pytest.mark.parametrize("text", ["Тошкент", "Oʻzbekiston", "انبار", "名古屋", "ü\x00\x1d\x7f"])
def test_texts_of_any_script_come_through(text: str) -> None:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    (code,) = vision.read_image(np.array(made.to_image(scale=4)))
    assert code.text == text


@pytest.mark.parametrize("payload", [b"\xff\xfe\x80\x81caf\xe9", bytes(range(128, 200)), b"\x00\x01\x02"])
def test_payloads_that_are_no_text_do_not_crash(payload: bytes) -> None:
    for form in (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix):
        made = zxingcpp.create_barcode(payload, form)
        (code,) = vision.read_image(np.array(made.to_image(scale=4)))
        assert code.raw == payload


def test_a_picture_is_turned_as_its_exif_says() -> None:
    upright = Image.fromarray(pictures.symbol("Code128", "TURNED-1", 3))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(out, "JPEG", exif=exif)
    (code,) = vision.read_image(out.getvalue())
    assert code.text == "TURNED-1"
    (x0, y0), (x1, y1) = code.corners[:2]
    assert abs(x1 - x0) > abs(y1 - y0)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1", "P", "RGBA"])
def test_every_file_format_is_opened(form: str, mode: str) -> None:
    if form == "JPEG" and mode in ("P", "RGBA"):
        mode = "CMYK"
    out = io.BytesIO()
    Image.fromarray(pictures.symbol("QRCode", "KARVON", 5)).convert(mode).save(out, form)
    assert [code.text for code in vision.read_image(out.getvalue())] == ["KARVON"]


def test_transparent_pixels_are_paper() -> None:
    dark = pictures.symbol("QRCode", "KARVON", 5) < 128
    layers = np.zeros((*dark.shape, 4), np.uint8)
    layers[dark] = (0, 0, 0, 255)
    out = io.BytesIO()
    Image.fromarray(layers).save(out, "PNG")
    assert [code.text for code in vision.read_image(out.getvalue())] == ["KARVON"]


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is ``width`` x ``height``."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 4096))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 not a picture", "not a picture"),
        (b"\x89PNG\r\n\x1a\n", "not a picture"),
        (bomb(60_000, 60_000), "pixels"),
        (bomb(30_000, 10), "at most"),
        (bomb(4_000, 4_000), "damaged or cut short"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
    ],
    ids=["empty", "pdf", "stub", "bomb", "long", "cut", "svg"],
)
def test_hostile_files_are_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(vision.PictureRefused, match=says) as refusal:
        vision.read_image(data)
    assert str(refusal.value).endswith(".")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused_but_never_crash(data: st.DataObject) -> None:
    source = bytearray((SAMPLES / "s015_datamatrix.jpg").read_bytes())
    cut = data.draw(st.integers(2, len(source)))
    for _ in range(data.draw(st.integers(0, 8))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(vision.PictureRefused):
        vision.read_image(bytes(source[:cut]), budget_ms=30)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 2), np.uint8),
        np.zeros((5, 5), np.float32),
        np.zeros(7, np.uint8),
        "a.png",
        None,
    ],
)
def test_arrays_that_are_no_pictures_are_refused(image: object) -> None:
    with pytest.raises(vision.PictureRefused):
        vision.read_image(image)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 500), (500, 1), (2, 3), (7, 7), (3, 4000), (30, 30, 3), (9, 9, 4)]
)
def test_tiny_and_thin_pictures_give_nothing(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(1)
    assert vision.read_image(random.integers(0, 255, shape).astype(np.uint8)) == []


def test_unknown_symbologies_are_named() -> None:
    with pytest.raises(vision.UnknownFormat, match="Known are"):
        vision.read_image(np.zeros((9, 9), np.uint8), formats=["EAN-14"])


def test_a_spent_budget_still_gives_the_first_pass() -> None:
    made = pictures.still("QRCode", 0, 3)
    assert [code.text for code in vision.read_image(made.pixels, budget_ms=1)] == [made.texts[0]]


WITHOUT_ZBAR = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pyzbar":
            raise ImportError("Unable to find zbar shared library")

sys.meta_path.insert(0, Blocked())
from devices import vision
print(vision.health())
print([(code.text, code.confident) for code in vision.read_image(open(sys.argv[1], "rb").read())])
"""


def test_without_zbar_pictures_are_still_read() -> None:
    assert vision.health() == "Cameras and pictures are read by zxing-cpp and zbar."
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ZBAR, str(SAMPLES / "s019_ean13upca.webp")],
        capture_output=True,
        text=True,
        check=True,
    )
    health, codes = done.stdout.splitlines()
    assert "zbar library is missing (Unable to find zbar shared library)" in health
    assert "libzbar0" in health
    assert codes == "[('9780393058673', True)]"
