"""Many labels, every rotation, blur and distance, and long runs: what comes out is right or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from devices import vision
from devices.vision import texture
from terminal.bench import barcodes, pictures, trials, wrongs


def numbers(made: pictures.Made, *, deep: bool = False) -> set[str | None]:
    return {vision.sscc_of(code) for code in vision.read_image(made.pixels, deep=deep)} - {None}


@pytest.mark.parametrize("count", [1, 5, 12])
def test_every_label_of_a_frame_is_read(count: int) -> None:
    made = pictures.crowd(count, 7)
    assert numbers(made) == set(made.texts)


@pytest.mark.parametrize(("module", "blur"), [(1.0, 0.6), (2.6, 2.6)])
@pytest.mark.parametrize("deep", [False, True])
def test_an_sscc_is_known_at_a_pixel_and_through_a_module_of_blur(
    module: float, blur: float, deep: bool
) -> None:
    made = pictures.bars_only(module, blur, 21)
    assert numbers(made, deep=deep) == set(made.texts)


@pytest.mark.parametrize("degrees", range(0, 360, 45))
def test_no_rotation_and_no_mirror_gives_a_wrong_text(degrees: int) -> None:
    for seed in range(3):
        made = trials.rotated(degrees, seed)
        texts = [code.text for code in vision.read_image(made.pixels, rules=vision.ANY_ITF)]
        assert barcodes.right_and_wrong(made.texts, (), texts)[1] == []


def test_half_an_ean_along_a_slanting_line_is_no_upc_e() -> None:
    random = np.random.default_rng(288)
    code, text = trials.crisp("EAN13", random)
    code = np.ascontiguousarray(code[:, ::-1])
    side = int(np.hypot(*code.shape) * 2.5 / 6) + 40
    scene = pictures.paste(np.full((side, side), 170, np.uint8), code, (2.5 / 6, 288.0, 0), random)
    assert {one.text for one in vision.read_image(scene, rules=vision.ANY_ITF)} <= {text}


@pytest.mark.parametrize("kind", ["EAN13", "Code128", "Code39"])
def test_a_label_cut_close_to_its_bars_is_read(kind: str) -> None:
    made = [trials.trial(kind, "cropped", seed) for seed in (3, 4, 5)]
    found = [[code.text for code in vision.read_image(one.pixels)] for one in made]
    complete = [
        barcodes.right_and_wrong(one.texts, (), texts)[0] for one, texts in zip(made, found, strict=True)
    ]
    assert sum(complete) >= 2


@pytest.mark.parametrize("kind", ["EAN13", "Code128", "DataMatrix", "QRCode"])
def test_white_on_black_is_read(kind: str) -> None:
    symbol = 255 - pictures.symbol(kind, pictures.payload(kind, np.random.default_rng(5)), 4, 40)
    assert len(vision.read_image(np.pad(symbol, 30, constant_values=0))) == 1


def test_blinds_and_planks_have_no_rhythm_of_a_code() -> None:
    for seed in range(4):
        frame = pictures.empty_frame(seed).pixels
        bars = [one.bars for one in texture.prints(frame) if one.bars is not None and one.coherence > 0.7]
        assert not any(texture.coded(frame, one) for one in bars)
    label = pictures.frame("rotation", 3, 5).pixels
    assert any(one.bars and texture.coded(label, one.bars) for one in texture.prints(label))


def test_frames_of_one_label_make_it_known_together() -> None:
    takes = wrongs.sequence(3, 500)
    voter = vision.FrameVoter()
    known: set[str | None] = set()
    for take in takes:
        known |= {vision.sscc_of(code) for code in voter.feed(vision.read_image(take.pixels, deep=False))}
    assert known - {None} == set(takes[0].texts)


def test_a_short_run_of_bad_frames_gives_no_wrong_number() -> None:
    counts = wrongs.run(60, seed=5)
    assert (counts.frames, counts.wrong, counts.strange) == (60, 0, 0)
    assert counts.read > 40


@pytest.mark.slow
def test_ten_thousand_bad_frames_give_no_wrong_number() -> None:
    counts = wrongs.run(10_000, seed=2)
    assert counts.frames == 10_000
    assert counts.wrong == 0, counts.examples
