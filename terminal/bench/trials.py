"""Hard made photos: every symbology under every harm that a phone, a bottle or a dock does to a code.

Procedural and seeded as the frames are. Each picture has one harm at a strength drawn from a range that
reaches from easy to beyond reading, and light noise and compression as every photo has.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from devices.vision.gs1 import check_digit
from devices.vision.tally import upce_expanded
from terminal.bench import pictures
from terminal.bench.pictures import Gray, Made, Random

#: Symbologies as the writer spells them, each with text and options of its own.
KINDS = (
    "EAN13",
    "UPCA",
    "EAN8",
    "UPCE",
    "Code128",
    "SSCC",
    "Code39",
    "ITF",
    "QRCode",
    "DataMatrix",
    "PDF417",
    "Aztec",
    "DataBarOmni",
    "DataBarStk",
    "DataBarExp",
    "DataBarExpStk",
)
HARMS = (
    "turned",
    "tilted",
    "blurred",
    "shaken",
    "noisy",
    "faint",
    "inverted",
    "curved",
    "glaring",
    "shaded",
    "squeezed",
    "small",
    "cropped",
    "several",
    "stacked",
)
_FLAT = ("QRCode", "DataMatrix", "PDF417", "Aztec")


def crisp(kind: str, random: Random) -> tuple[Gray, str]:
    """A symbol of ``kind`` at 6 pixels a module with its quiet zone, and the text that must come out."""
    if kind == "SSCC":
        code = pictures.sscc(random)
        return pictures.symbol(
            "Code128", "(00)" + code, 6, int(random.integers(35, 60)), gs1=True
        ), "00" + code
    if kind == "UPCE":
        digits = "0" + "".join(str(digit) for digit in random.integers(3, 10, 6))
        wide = _expanded(digits)
        return pictures.symbol("UPCE", digits + wide[-1], 6, int(random.integers(30, 60))), wide
    source = {"DataBarStk": "DataBarOmni", "DataBarExpStk": "DataBarExp"}.get(kind, kind)
    text = pictures.payload(source, random)
    plain = text.replace("(", "").replace(")", "") if source == "DataBarExp" else text
    if kind in ("DataBarStk", "DataBarExpStk"):
        return np.pad(
            pictures.symbol("DataBarStkOmni" if kind == "DataBarStk" else kind, text, 6),
            24,
            constant_values=255,
        ), plain
    return pictures.symbol(kind, text, 6, int(random.integers(30, 60))), plain


def trial(kind: str, harm: str, seed: int) -> Made:
    """One photo of 0.1 to 0.5 megapixels with a code of ``kind`` that suffers ``harm``."""
    random = np.random.default_rng([seed, KINDS.index(kind), HARMS.index(harm), 17])
    code, text = crisp(kind, random)
    texts = [text]
    flat = kind in _FLAT
    low = 2.2 * (1.4 if flat else 1.0)
    module = low * random.uniform(1.0, 1.6)
    angle, tilt = random.uniform(-6, 6), random.uniform(0, 12)
    if harm == "several":
        code, texts = _sheet(code, text, random)
    elif harm == "stacked":
        code, texts = _stack(code, text, random)
    elif harm == "cropped":
        code = _cropped(code, random)
    elif harm == "turned":
        angle = random.uniform(0, 360)
    elif harm == "tilted":
        tilt = random.uniform(25, 55)
    elif harm == "small":
        module = low * random.uniform(0.45, 0.75)
    elif harm == "inverted":
        code = 255 - code
    elif harm == "curved":
        code = _curved(code, random.uniform(30, 70), along=bool(random.integers(0, 2)))
    height, width = int(random.integers(280, 560)), int(random.integers(360, 800))
    need = np.hypot(*code.shape) / 6 * module * 1.02
    if harm == "turned" and need > max(height, width):
        height = width = int(need)
    width, height = (
        max(width, int(code.shape[1] / 6 * module) + 12),
        max(height, int(code.shape[0] / 6 * module) + 12),
    )
    scene = pictures.backdrop(random, (height, width))
    pixels: Gray = pictures.paste(scene, code, (module / 6.0, angle, tilt), random).astype(np.float32)
    blur = module * (random.uniform(0.45, 0.95) if harm == "blurred" else random.uniform(0.15, 0.35))
    pixels = cv2.GaussianBlur(pixels, (0, 0), blur)
    if harm == "shaken":
        pixels = pictures.motion(pixels, int(module * random.uniform(1.0, 3.0)) + 1, random)
    elif harm == "faint":
        share = random.uniform(0.06, 0.25)
        pixels = pixels * share + random.uniform(0, 255 * (1 - share))
    elif harm == "glaring":
        pixels = pictures.glare(pixels, random.uniform(0.2, 0.6), random)
    elif harm == "shaded":
        pixels = _shaded(pixels, random)
    pixels = pixels + random.normal(0, random.uniform(15, 45) if harm == "noisy" else 2.0, pixels.shape)
    final = np.clip(pixels, 0, 255).astype(np.uint8)
    quality = int(random.integers(6, 30)) if harm == "squeezed" else 85
    return Made(pictures.jpeg(final, quality), tuple(texts), f"{kind} {harm}")


def rotated(degrees: int, seed: int) -> Made:
    """A clear symbol turned by whole ``degrees``; its kind goes round with them, and odd seeds of it are mirrored."""
    random = np.random.default_rng([seed, degrees, 23])
    kind = KINDS[degrees // 5 % len(KINDS)]
    code, text = crisp(kind, random)
    if random.integers(0, 2):
        code = np.ascontiguousarray(code[:, ::-1])
    side = int(np.hypot(*code.shape) * 2.5 / 6) + 40
    scene = pictures.paste(np.full((side, side), 170, np.uint8), code, (2.5 / 6, float(degrees), 0.0), random)
    return Made(cv2.GaussianBlur(scene, (0, 0), 0.7), (text,), kind)


def _expanded(digits: str) -> str:
    wide = upce_expanded(digits + "0")
    assert wide is not None
    return wide[:11] + str(check_digit(wide[:11]))


def _sheet(code: Gray, text: str, random: Random) -> tuple[Gray, list[str]]:
    """The symbol and two to four others on one white sheet, side by side and below each other."""
    found = [(code, text)] + [
        crisp(KINDS[int(random.integers(0, len(KINDS)))], random) for _ in range(int(random.integers(1, 4)))
    ]
    rows = [found[at : at + 2] for at in range(0, len(found), 2)]
    lines = []
    for row in rows:
        high = max(one.shape[0] for one, _ in row) + 48
        lines.append(np.hstack([_framed(one, high, one.shape[1] + 48) for one, _ in row]))
    wide = max(line.shape[1] for line in lines)
    sheet = np.vstack([_framed(line, line.shape[0], wide) for line in lines])
    return sheet, [one for _, one in found]


def _stack(code: Gray, text: str, random: Random) -> tuple[Gray, list[str]]:
    """Two linear codes below the symbol with little paper between them, as on pallet labels."""
    found = [(code, text)]
    for kind in ("Code128", "ITF"):
        found.append(crisp(kind, random))
    wide = max(one.shape[1] for one, _ in found)
    gap = int(random.integers(2, 8)) * 6
    sheet = np.vstack([_framed(one, one.shape[0] + gap, wide) for one, _ in found])
    return sheet, [one for _, one in found]


def _framed(code: Gray, height: int, width: int) -> Gray:
    paper = np.full((height, width), 255, np.uint8)
    top, left = (height - code.shape[0]) // 2, (width - code.shape[1]) // 2
    paper[top : top + code.shape[0], left : left + code.shape[1]] = code
    return paper


def _cropped(code: Gray, random: Random) -> Gray:
    """Most of the quiet zone cut away, dark print beside it."""
    dark = np.argwhere(code < 128)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0) + 1
    keep = int(random.integers(1, 4)) * 6
    inner = code[top:bottom, left:right]
    near = np.pad(inner, keep, constant_values=255)
    return np.pad(near, int(random.integers(2, 10)) * 6, constant_values=int(random.integers(30, 200)))


def _curved(code: Gray, degrees: float, *, along: bool) -> Gray:
    """The code around a bottle that shows ``degrees`` to each side; ``along`` the bars or across them."""
    flat = code if along else np.rot90(code).copy()
    height, width = flat.shape
    half = np.deg2rad(degrees)
    seen = int(width * np.sin(half) / half)
    x = np.linspace(-1, 1, seen, dtype=np.float32) * np.sin(half)
    source = (np.arcsin(x) / half + 1) * (width - 1) / 2
    mapx = np.repeat(source[None, :].astype(np.float32), height, axis=0)
    mapy = np.repeat(np.arange(height, dtype=np.float32)[:, None], seen, axis=1)
    bent: Gray = cv2.remap(flat, mapx, mapy, cv2.INTER_LINEAR)
    bent = (bent * np.clip(np.sqrt(1 - x * x), 0.35, 1)[None, :]).astype(np.uint8)
    return bent if along else np.rot90(bent, -1).copy()


def _shaded(pixels: NDArray[Any], random: Random) -> NDArray[Any]:
    """A hard shadow edge across the picture."""
    height, width = pixels.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = random.uniform(0, np.pi)
    side = (x - width / 2) * np.cos(turn) + (y - height / 2) * np.sin(turn)
    share = 1 / (1 + np.exp(-side / random.uniform(1, 12)))
    dark: NDArray[Any] = pixels * (random.uniform(0.12, 0.4) * share + (1 - share))
    return dark
