"""Labels that we print are read back by our own camera path, from every format and in a bad light."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zlib
from base64 import a85decode
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from devices import vision
from devices.vision.gs1 import check_digit
from terminal import labels
from terminal.cli import main
from terminal.label_formats import unpacked_graphic

SSCC = "376000000000000013"
FULL = labels.UnitLabel(
    SSCC,
    sender="Ассоциация «Ҳамдам», Oʻzbekiston gumanitar koʻmagi",
    consignee="Hairatan Depot 4, Хайратан",
    consignment="KRV-2026-00412",
    contents="Tents, family, 16 m² — палатки",
    gross_kg=Decimal("412.50"),
    number=3,
    total=12,
)
digits = st.text("0123456789", min_size=17, max_size=17)


def as_gray(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def read_back(gray: np.ndarray, *, deep: bool = True) -> dict[str, str | None]:
    return {code.symbology: vision.sscc_of(code) for code in vision.read_image(gray, deep=deep)}


def in_a_scene(gray: np.ndarray, *, turn: float = 0.0, lean: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """The label on a gray table, turned by ``turn`` degrees and leaning back by ``lean`` (0..0.4)."""
    height, width = gray.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inward = lean * width / 2
    leaned = corners + np.array([[inward, 0], [-inward, 0], [0, 0], [0, 0]], np.float32)
    side = int(scale * np.hypot(width, height)) + 40
    middle = np.array([width / 2, height / 2])
    radians = np.deg2rad(turn)
    rotate = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    target = ((leaned - middle) * scale @ rotate.T + side / 2).astype(np.float32)
    soft = cv2.GaussianBlur(gray, (0, 0), max(0.01, 0.4 / scale))
    matrix = cv2.getPerspectiveTransform(corners, target)
    return cv2.warpPerspective(soft, matrix, (side, side), borderValue=120)


@pytest.mark.parametrize("dpi", [203, 300])
def test_a_printed_label_carries_its_sscc_in_bars_and_in_a_matrix(dpi: int) -> None:
    gray = as_gray(labels.render(FULL, "png", dpi=dpi))
    assert read_back(gray) == {"GS1-128": SSCC, "DataMatrix": SSCC}
    assert gray.shape == (round(148 * dpi / 25.4), round(103 * dpi / 25.4))


@settings(max_examples=12, deadline=None)
@given(body=digits)
def test_every_sscc_prints_and_reads(body: str) -> None:
    sscc = body + str(check_digit(body))
    gray = as_gray(labels.render(labels.UnitLabel(sscc), "png"))
    assert read_back(gray) == {"GS1-128": sscc, "DataMatrix": sscc}


@pytest.mark.parametrize(
    ("turn", "lean", "scale", "blur", "noise"),
    [
        (0, 0, 1.0, 0.5, 4),
        (7, 0.1, 0.8, 1.0, 8),
        (33, 0.15, 0.7, 0.9, 6),
        (90, 0.2, 0.7, 0.8, 6),
        (141, 0.1, 0.6, 0.8, 10),
        (180, 0, 0.5, 0.7, 5),
        (-64, 0.25, 0.7, 1.2, 12),
    ],
)
def test_a_label_is_known_after_turning_leaning_blur_and_noise(
    turn: float, lean: float, scale: float, blur: float, noise: float
) -> None:
    gray = as_gray(labels.render(FULL, "png"))
    scene = cv2.GaussianBlur(in_a_scene(gray, turn=turn, lean=lean, scale=scale), (0, 0), blur)
    noisy = scene + np.random.default_rng(7).normal(0, noise, scene.shape)
    frame = np.clip(noisy, 0, 255).astype(np.uint8)
    for deep in (True, False):
        assert SSCC in read_back(frame, deep=deep).values()


def test_bars_alone_are_enough_when_the_matrix_is_torn_off() -> None:
    gray = as_gray(labels.render(FULL, "png")).copy()
    gray[540:740] = 255
    scene = in_a_scene(gray, turn=24, lean=0.1, scale=0.6)
    assert read_back(scene) == {"GS1-128": SSCC}


def test_the_matrix_alone_is_enough_when_glare_eats_the_bars() -> None:
    gray = as_gray(labels.render(FULL, "png")).copy()
    gray[780:1080, 300:500] = 255
    assert read_back(in_a_scene(gray, turn=11, scale=0.8)) == {"DataMatrix": SSCC}


def test_svg_holds_the_same_symbols() -> None:
    root = ET.fromstring(labels.render(FULL, "svg").decode())
    space = "{http://www.w3.org/2000/svg}"
    path = max((node.get("d", "") for node in root.iter(f"{space}path")), key=len)
    scale = 8
    sheet = np.full((148 * scale, 103 * scale), 255, np.uint8)
    for box in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z", path):
        fill(sheet, *(float(number) * scale for number in box))
    assert read_back(sheet) == {"GS1-128": SSCC, "DataMatrix": SSCC}
    text = " ".join(node.text or "" for node in root.iter(f"{space}text"))
    assert "Oʻzbekiston" in text
    assert "(00) 3 7600000 000000001 3" in text
    assert "412.5 kg" in text


def test_pdf_holds_the_same_symbols_on_every_page() -> None:
    other = labels.UnitLabel("376000000000000020")
    data = labels.render_pdf([FULL, other])
    pages = [
        drawn
        for drawn in (unpacked(stream) for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.S))
        if drawn is not None and b" re f" in drawn
    ]
    assert [read_back(sheet_of(page)) for page in pages] == [
        {"GS1-128": FULL.sscc, "DataMatrix": FULL.sscc},
        {"GS1-128": other.sscc, "DataMatrix": other.sscc},
    ]
    assert b"DejaVuSansMono" in data


def unpacked(stream: bytes) -> bytes | None:
    try:
        return zlib.decompress(a85decode(b"<~" + stream.strip(), adobe=True))
    except (ValueError, zlib.error):
        return None


def sheet_of(page: bytes) -> np.ndarray:
    scale = 8 / (72 / 25.4)
    sheet = np.full((148 * 8, 103 * 8), 255, np.uint8)
    for box in re.findall(rb"(?m)^(?:n )?([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", page):
        x, y, width, height = (float(number) * scale for number in box)
        fill(sheet, x, sheet.shape[0] - y - height, width, height)
    return sheet


def fill(sheet: np.ndarray, x: float, y: float, width: float, height: float) -> None:
    sheet[round(y) : round(y + height), round(x) : round(x + width)] = 0


@pytest.mark.parametrize("dpi", [203, 300])
def test_zpl_sends_text_as_a_picture_and_leaves_the_symbols_to_the_printer(dpi: int) -> None:
    code = labels.render(FULL, "zpl", dpi=dpi).decode("ascii")
    assert code.startswith("^XA\n")
    assert code.endswith("^XZ\n")
    assert f"^FD>;>800{SSCC}^FS" in code
    assert f"^FD_100{SSCC}^FS" in code
    graphic = re.search(r"\^GFA,[^^]*", code)
    assert graphic is not None
    dots = unpacked_graphic(graphic.group())
    printed = as_gray(labels.render(FULL, "png", dpi=dpi)) < 128
    height, width = printed.shape
    # The picture is the label without its symbols: dark nowhere else, and dark wherever text stands.
    text = dots[:height, :width]
    assert not (text & ~printed).any()
    assert (text[:500] == printed[:500]).all()
    bars_left, bars_top = map(int, re.findall(r"\^FO(\d+),(\d+)\^BY", code)[0])
    assert printed[bars_top + 10, bars_left]
    assert not printed[bars_top + 10, bars_left - 40 : bars_left].any()


@given(body=digits)
def test_a_wrong_check_digit_is_refused_with_the_right_one(body: str) -> None:
    right = check_digit(body)
    with pytest.raises(labels.LabelRefused, match=f"must be {right}"):
        labels.checked_sscc(body + str((right + 1) % 10))


@given(text=st.text(max_size=40))
def test_no_text_breaks_a_label(text: str) -> None:
    page = labels.lay_out(labels.UnitLabel(SSCC, sender=text, consignee=text * 9, contents=text))
    for words in page.words:
        assert words.text.isprintable()
        assert words.x + len(words.text) * words.size * labels.CHARACTER <= labels.WIDTH_MM + 0.1
        assert words.y <= labels.HEIGHT_MM


def test_hostile_text_reaches_no_format_as_a_command() -> None:
    unit = labels.UnitLabel(SSCC, sender="^XZ~JA<script>&\x1b[2J")
    assert labels.render(unit, "zpl").count(b"^XZ") == 1
    ET.fromstring(labels.render(unit, "svg").decode())
    assert as_gray(labels.render(unit, "png")).size


@pytest.mark.parametrize(
    ("typed", "says"),
    [("37600000000000001", "17 digits"), ("37600000000000001x", "no SSCC"), ("", "no SSCC")],
)
def test_what_is_no_sscc_is_refused_in_words(typed: str, says: str) -> None:
    with pytest.raises(labels.LabelRefused, match=says):
        labels.checked_sscc(typed)


@pytest.mark.parametrize("typed", [f"(00){SSCC}", f"00{SSCC}", "3 7600000 000000001 3", f"]C1(00){SSCC}"])
def test_an_sscc_may_be_typed_as_it_is_printed(typed: str) -> None:
    assert labels.checked_sscc(typed) == SSCC


def test_a_reference_is_looked_up_in_the_terminal_data(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    assert labels.units_of("KRV-1", tmp_path, lambda ref, _: [FULL] if ref == "KRV-1" else []) == [FULL]
    with pytest.raises(labels.NoTerminalData, match="holds no handling unit"):
        labels.units_of("KRV-2", tmp_path, lambda _ref, _dir: [])
    with pytest.raises(labels.NoTerminalData, match="No terminal data"):
        labels.units_of("KRV-1", tmp_path / "nowhere", lambda _ref, _dir: [FULL])


def test_the_command_writes_files_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "unit.png"
    assert main(["label", SSCC, "--format", "png", "-o", str(target)]) == 0
    assert read_back(as_gray(target.read_bytes()))["GS1-128"] == SSCC
    assert main(["label", SSCC, "--format", "svg", "--count", "2", "-o", str(tmp_path / "many.svg")]) == 0
    assert sorted(path.name for path in tmp_path.glob("*.svg")) == ["many-1.svg", "many-2.svg"]
    assert main(["label", SSCC[:-1] + "4", "--format", "png"]) == 2
    assert main(["label", "KRV-2026-00412", "--format", "png", "--data", str(tmp_path / "none")]) == 3
    assert main(["label", SSCC, "--format", "png", "-o", str(tmp_path / "no" / "such.png")]) == 3
    said = capsys.readouterr()
    assert "must be 3" in said.err
    assert "No terminal data was found" in said.err
    assert said.out == ""


def test_the_command_sends_a_label_down_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "terminal.cli", "label", SSCC, "--format", "zpl", "--count", "3"],
        capture_output=True,
        check=True,
    )
    assert done.stdout.count(b"^XA") == 1
    assert b"^PQ3" in done.stdout
