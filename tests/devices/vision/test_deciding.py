"""The pure parts: votes, acceptance rules, frame voting, GS1 parsing, template matching, locating."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from barcode.codex import Gs1_128
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import vision
from devices.vision import gs1, locate, template
from devices.vision.engines import full_ascii_39
from devices.vision.model import Decoded, Quad, Read
from devices.vision.tally import Rules, Tally, tidied, upce_expanded
from terminal.bench import pictures

HERE: Quad = ((10.0, 10.0), (110.0, 10.0), (110.0, 40.0), (10.0, 40.0))
BESIDE: Quad = ((10.0, 80.0), (110.0, 80.0), (110.0, 110.0), (10.0, 110.0))
INSIDE: Quad = ((50.0, 10.0), (90.0, 10.0), (90.0, 40.0), (50.0, 40.0))


def seen(symbology: str, text: str, engine: str = "zxing", stage: str = "full", at: Quad = HERE) -> Read:
    return Read(symbology, text, text.encode(), "]X0" if engine == "zxing" else None, at, engine, stage)


def texts(*reads: Read, rules: Rules | None = None) -> list[tuple[str, bool]]:
    tally = Tally(rules or Rules())
    tally.add(list(reads))
    return [(code.text, code.confident) for code in tally.decoded()]


def test_one_late_read_of_a_weak_symbology_is_nothing() -> None:
    assert texts(seen("EAN-13", "4006381333931", stage="region")) == []
    assert texts(seen("Code39", "ABC1")) == []
    assert texts(seen("ITF", "00012345678905", "zbar", "native")) == []


def test_two_engines_or_two_scales_make_a_read_firm() -> None:
    ean = "4006381333931"
    assert texts(seen("EAN-13", ean), seen("EAN-13", ean, "zbar", "native")) == [(ean, True)]
    assert texts(seen("EAN-13", ean, stage="region"), seen("EAN-13", ean, stage="x2")) == [(ean, True)]
    assert texts(seen("EAN-13", ean, stage="fast"), seen("EAN-13", ean, stage="full")) == [(ean, False)]


def test_two_stories_about_one_place_are_not_told() -> None:
    assert texts(seen("EAN-13", "4006381333931"), seen("EAN-13", "7622210449283")) == []
    both = texts(seen("EAN-13", "4006381333931"), seen("EAN-13", "7622210449283", at=BESIDE))
    assert len(both) == 2


def test_a_fragment_inside_a_firm_code_is_dropped() -> None:
    rules = Rules(itf_lengths=None)
    whole = [seen("ITF", "00012345678905"), seen("ITF", "00012345678905", "zbar", "native")]
    part = [seen("ITF", "345678", at=INSIDE), seen("ITF", "345678", stage="x2", at=INSIDE)]
    assert texts(*whole, *part, rules=rules) == [("00012345678905", True)]


@pytest.mark.parametrize(
    ("symbology", "text"),
    [
        ("EAN-13", "4006381333932"),
        ("EAN-8", "12345671"),
        ("UPC-A", "036000291453"),
        ("UPC-E", "01234566"),
        ("ITF", "123456"),
        ("ITF", "00012345678906"),
        ("ITF", "1234567"),
        ("Code39", "A"),
        ("QR", ""),
    ],
)
def test_a_wrong_check_digit_or_length_is_no_read(symbology: str, text: str) -> None:
    assert tidied(seen(symbology, text), Rules()) is None


def test_upc_a_and_ean_13_are_one_number() -> None:
    long = tidied(seen("EAN-13", "0024543136538"), Rules())
    short = tidied(seen("UPC-A", "024543136538"), Rules())
    assert long is not None
    assert short is not None
    assert (long.symbology, long.text) == (short.symbology, short.text) == ("UPC-A", "024543136538")


def test_upc_e_is_written_out() -> None:
    assert upce_expanded("05096893") == "050968000093"
    assert upce_expanded("01234565") == "012345000065"
    assert upce_expanded("21234565") is None


@pytest.mark.parametrize(
    ("coded", "plain"),
    [
        ("A+A-1234", "Aa-1234"),
        ("E+X+T+E+N+D+E+D /A%J/J/C", "Extended !?*#"),
        ("12+A+B", "12ab"),
        ("A+1", "A+1"),
    ],
)
def test_full_ascii_of_code_39(coded: str, plain: str) -> None:
    assert full_ascii_39(coded) == plain


def decoded(
    text: str, *, confident: bool = False, symbology: str = "GS1-128", aim: str | None = "]C1"
) -> Decoded:
    return Decoded(symbology, text, text.encode(), aim, HERE, 1, ("zxing",), "fast", confident)


def test_frames_vote() -> None:
    voter = vision.FrameVoter(window=4, needed=2, forget=3)
    code, other = decoded("A1"), decoded("A2")
    assert voter.feed([code]) == []
    assert voter.feed([other]) == []
    known = voter.feed([code])
    assert [(one.text, one.confident, one.votes) for one in known] == [("A1", True, 2)]
    assert voter.feed([code]) == []
    for _ in range(3):
        assert voter.feed([]) == []
    assert voter.feed([code]) == []
    assert [one.text for one in voter.feed([code])] == ["A1"]


def test_a_confident_code_needs_no_second_frame_and_comes_once() -> None:
    voter = vision.FrameVoter()
    assert [one.text for one in voter.feed([decoded("A1", confident=True)])] == ["A1"]
    assert voter.feed([decoded("A1", confident=True, symbology="Code128")]) == []
    voter.reset()
    assert len(voter.feed([decoded("A1", confident=True)])) == 1


@pytest.mark.parametrize(("window", "needed", "forget"), [(2, 3, 1), (2, 0, 1), (2, 1, 0)])
def test_a_voter_that_cannot_work_is_refused(window: int, needed: int, forget: int) -> None:
    with pytest.raises(ValueError, match="frame"):
        vision.FrameVoter(window, needed, forget)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_check_digits(body: str) -> None:
    right = gs1.check_digit(body)
    assert gs1.mod10(f"{body}{right}")
    assert not gs1.mod10(f"{body}{(right + 3) % 10}")
    assert gs1.elements(f"00{body}{right}") == {"00": f"{body}{right}"}
    assert gs1.elements(f"00{body}{(right + 3) % 10}") is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("\x1d0109501101530003\x1d10ABC\x1d\x1d37024", {"01": "09501101530003", "10": "ABC", "37": "024"}),
        ("3102000400", {"3102": "000400"}),
        ("10ABC\x1d10DEF", None),
        ("HELLO", None),
        ("", None),
        ("\x1d", None),
        ("00ЖЖ", None),
    ],
)
def test_element_strings(text: str, parts: dict[str, str] | None) -> None:
    assert gs1.elements(text) == parts


def test_code_128_without_identifier_counts_as_gs1_only_with_a_right_number_in_it() -> None:
    assert vision.elements_of(decoded("00376000000000000013", symbology="Code128", aim=None)) == {
        "00": "376000000000000013"
    }
    assert vision.elements_of(decoded("10ABC", symbology="Code128", aim=None)) is None
    assert vision.elements_of(decoded("00376000000000000013", symbology="Code128", aim="]C0")) is None


def line_of(pattern: str, module: float, blur: float, noise: float, seed: int) -> np.ndarray:
    """A blurred noisy line of brightness with ten modules of paper on both sides."""
    padded = "0" * 10 + pattern + "0" * 10
    fine = np.repeat([20.0 if sign == "1" else 230.0 for sign in padded], 16)
    soft = cv2.GaussianBlur(fine[None].astype(np.float32), (0, 0), max(0.01, blur * 16))
    size = int(len(padded) * module)
    small = cv2.resize(soft, (size, 1), interpolation=cv2.INTER_AREA)[0]
    return (small + np.random.default_rng(seed).normal(0, noise, size)).astype(np.float32)


def sscc_line(body: str, blur: float, seed: int) -> tuple[str, np.ndarray]:
    sscc = f"{body}{gs1.check_digit(body)}"
    return f"00{sscc}", line_of(Gs1_128(f"00{sscc}").build()[0], 4.3, blur, 2.0, seed)


def ean_line(body: str, blur: float, seed: int) -> tuple[str, np.ndarray]:
    ean = f"{body}{gs1.check_digit(body)}"
    symbol = pictures.symbol("EAN13", ean, 1, 9)[8]
    dark = np.flatnonzero(symbol < 128)
    pattern = "".join("1" if value < 128 else "0" for value in symbol[dark[0] : dark[-1] + 1])
    return ean, line_of(pattern, 6.0, blur, 2.0, seed)


@pytest.mark.parametrize("blur", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("flip", [False, True])
def test_an_sscc_is_matched_through_blur_of_almost_a_module(blur: float, flip: bool) -> None:
    text, line = sscc_line("37600000000000001", blur, 1)
    found = template.match(line[::-1].copy() if flip else line, "GS1-128")
    assert found is not None
    assert found.text == text
    assert found.margin > template.ALONE


@pytest.mark.parametrize("blur", [0.3, 0.5, 0.65])
@pytest.mark.parametrize("body", ["400638133393", "002454313653", "978034534803"])
def test_an_ean_is_matched_through_blur(body: str, blur: float) -> None:
    text, line = ean_line(body, blur, 2)
    found = template.match(line, "EAN-13")
    assert found is not None
    assert found.text == text
    assert found.margin > template.ALONE


@settings(max_examples=25, deadline=None)
@given(
    body=st.text("0123456789", min_size=17, max_size=17),
    blur=st.floats(0.3, 1.4),
    seed=st.integers(0, 1000),
)
def test_blur_makes_a_match_silent_but_never_wrong(body: str, blur: float, seed: int) -> None:
    for kind, (text, line) in (
        ("GS1-128", sscc_line(body, blur, seed)),
        ("EAN-13", ean_line(body[:12], blur, seed)),
    ):
        found = template.match(line, kind)
        if found is not None and found.margin >= template.VOTE and found.cost <= template.MOST_COST:
            assert found.text == text


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), blur=st.floats(0.3, 1.5))
def test_bars_that_mean_nothing_are_not_matched(seed: int, blur: float) -> None:
    random = np.random.default_rng(seed)
    bars = "".join("10"[place % 2] * int(width) for place, width in enumerate(random.integers(1, 5, 60)))
    for kind in ("EAN-13", "GS1-128"):
        found = template.match(line_of(bars, 4.0, blur, 3.0, seed), kind)
        assert found is None or found.margin < template.VOTE or found.cost > template.MOST_COST


@pytest.mark.parametrize("line", [np.zeros(0), np.zeros(5), np.full(800, 100.0), np.arange(300.0)])
def test_lines_without_bars_are_not_matched(line: np.ndarray) -> None:
    assert template.match(line.astype(np.float32), "EAN-13") is None


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133, 170])
def test_bars_are_located_at_any_angle(angle: float) -> None:
    code = pictures.symbol("Code128", "LOCATE-ME-1", 2, 60)
    scene = np.full((500, 600), 170, np.uint8)
    height, width = code.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    turn[:, 2] += (300 - width / 2, 250 - height / 2)
    placed = cv2.warpAffine(code, turn, (600, 500), dst=scene, borderMode=cv2.BORDER_TRANSPARENT)
    best = locate.locate(placed)[0]
    assert abs(best.cx - 300) < 25
    assert abs(best.cy - 250) < 25
    off = (np.rad2deg(best.angle) + angle + 90) % 180 - 90
    assert abs(off) < 4


def test_stacked_codes_are_split_into_bands() -> None:
    upper = pictures.symbol("Code128", "UPPER-CODE-77", 2, 40)
    lower = pictures.symbol("Code128", "LOWER-CODE-42", 2, 40)
    width = min(upper.shape[1], lower.shape[1])
    stacked = np.vstack([upper[:, :width], lower[:, :width]])
    spans = locate.bands(stacked)
    assert len(spans) == 2
    assert spans[0][1] <= upper.shape[0] <= spans[1][0]
