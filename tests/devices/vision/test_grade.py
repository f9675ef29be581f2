"""Print quality from a picture: each fault of a printer is named, a good label is an A, and nothing is made up."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from devices.vision import read_image
from devices.vision.grade import Grade, grade, sentence
from terminal.cli import main

Picture = NDArray[np.uint8]


def printed(scale: int = 4, kind: str = "Code128", text: str = "(00)376000000000000013") -> Picture:
    """A perfect symbol, its own quiet zone and a white margin round it."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind), gs1=text.startswith("("))
    symbol = np.array(made.to_image(scale=scale))
    return np.pad(symbol.reshape(symbol.shape[:2]), 60, constant_values=255)


def soft(picture: Picture, sigma: float = 0.7) -> Picture:
    """As a lens shows it."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def judged(picture: Picture) -> Grade:
    """The grade of the only symbol in the picture."""
    (code,) = read_image(picture)
    return grade(picture, code)


def test_a_clean_label_is_an_a_without_reasons() -> None:
    found = judged(soft(printed()))
    assert (found.letter, found.value, found.reasons) == ("A", 4.0, ())
    assert found.module_px == pytest.approx(4.0, abs=0.1)
    assert set(found.grades) == {
        "contrast",
        "modulation",
        "decodability",
        "defects",
        "edges",
        "dark",
        "quiet",
    }
    assert sentence(found) == "print quality A (4.0)"


@pytest.mark.parametrize("degrees", [-8, -3, 3, 8, 90, 180])
def test_a_turned_label_is_judged_as_well(degrees: int) -> None:
    picture = printed()
    side = max(picture.shape) + 100
    scene = np.full((side, side), 255, np.uint8)
    top, left = (side - picture.shape[0]) // 2, (side - picture.shape[1]) // 2
    scene[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0)
    turned = np.asarray(cv2.warpAffine(scene, turn, (side, side), borderValue=255), np.uint8)
    assert judged(turned).letter == "A"


def test_contrast_falls_with_faded_bars_and_darkness_fails_them() -> None:
    letters = []
    for strength in (1.0, 0.6, 0.52, 0.3):
        faded = (255 - (255 - printed().astype(float)) * strength).astype(np.uint8)
        letters.append(judged(faded).letter)
    assert letters == ["A", "B", "C", "F"]
    faded = (255 - (255 - printed().astype(float)) * 0.45).astype(np.uint8)
    assert any("dark enough" in reason for reason in judged(faded).reasons)


def test_smeared_bars_lose_modulation() -> None:
    values = [judged(soft(printed(), sigma)).measured["modulation"] for sigma in (0.7, 1.3, 1.8)]
    assert values == sorted(values, reverse=True)
    bad = judged(soft(printed(), 2.2))
    assert bad.letter == "F"
    assert "thin bars" in bad.reasons[0]


def test_voids_in_some_places_cost_their_scans() -> None:
    picture, dice = printed(), np.random.default_rng(1)
    for _ in range(40):
        y, x = dice.integers(62, picture.shape[0] - 66), dice.integers(100, picture.shape[1] - 104)
        picture[y : y + 3, x : x + 3] = 255 - picture[y : y + 3, x : x + 3]
    found = judged(soft(picture))
    assert found.letter in {"B", "C", "D"}
    assert found.reasons


def test_grey_spots_are_defects() -> None:
    picture = printed()
    wide = picture[picture.shape[0] // 2] < 128
    starts = np.flatnonzero(wide[1:] & ~wide[:-1]) + 1
    ends = np.flatnonzero(~wide[1:] & wide[:-1]) + 1
    widest = int(np.argmax(ends - starts))
    middle = int(starts[widest] + ends[widest]) // 2
    picture[:, middle - 1 : middle + 1] = 80  # a tired dot leaves the middle of a bar pale
    found = judged(picture)
    assert found.letter == "F"
    assert found.grades["defects"] == "F"
    assert any("spots or voids" in reason for reason in found.reasons)


def test_something_close_to_the_bars_fails_the_quiet_zone() -> None:
    picture = printed()
    bars = np.flatnonzero((picture < 128).any(axis=0))
    picture[:, : bars[0] - 4 * 6] = 0
    found = judged(picture)
    assert found.letter == "F"
    assert any("ten modules" in reason for reason in found.reasons)


def test_bars_of_the_wrong_width_lose_decodability() -> None:
    """One pixel of four more on every bar is print gain, which the edges survive; an uneven feed is not."""
    assert judged(soft(np.asarray(cv2.erode(printed(), np.ones((1, 2), np.uint8)), np.uint8))).letter == "A"
    picture = printed(scale=6)
    columns = np.arange(picture.shape[1], dtype=np.float32)
    swaying = columns + 1.3 * np.sin(columns / 9.0)
    rows = np.repeat(np.arange(picture.shape[0], dtype=np.float32)[:, None], len(columns), axis=1)
    swayed = cv2.remap(picture, np.tile(swaying, (len(rows), 1)), rows, cv2.INTER_LINEAR, borderValue=255)
    found = judged(np.asarray(swayed, np.uint8))
    assert found.measured["decodability"] < 0.62
    assert any("wider or narrower" in reason for reason in found.reasons)


@pytest.mark.parametrize(("kind", "text"), [("EAN13", "4006381333931"), ("ITF", "19521234543210")])
def test_other_linear_symbols_are_judged_without_decodability(kind: str, text: str) -> None:
    found = judged(printed(kind=kind, text=text))
    assert found.letter == "A"
    assert "decodability" not in found.grades


def test_what_cannot_be_judged_says_why() -> None:
    coarse = judged(printed(scale=2))
    assert (coarse.letter, coarse.value) == (None, None)
    assert "pixels wide" in coarse.reasons[0]
    matrix = judged(printed(kind="QRCode", text="UNHCR"))
    assert matrix.letter is None
    assert "linear" in matrix.reasons[0]


def test_the_command_tells_the_grade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "label.png"
    Image.fromarray(printed()).save(path)
    assert main(["read-barcodes", "--grade", "--json", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)["codes"][0]["grade"]
    assert (told["letter"], told["reasons"]) == ("A", [])
    assert main(["read-barcodes", "--grade", str(path)]) == 0
    assert "print quality A (4.0)" in capsys.readouterr().out
