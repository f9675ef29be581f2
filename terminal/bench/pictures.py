"""Made pictures with known content: pallet labels before a dock camera, and single codes as people photograph them.

Procedural and seeded: the same seed gives the same picture. Degradations follow what a dock does to a
label: distance, defocus, motion, dusk, dust, film, glare, tilt, a hand over the bars, JPEG.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from devices.vision.gs1 import check_digit

Gray = NDArray[Any]
Random = np.random.Generator

#: Degradations of a pallet-label frame; severities run from 0 (none) to 5 (nobody reads it).
AXES = (
    "distance",
    "defocus",
    "motion",
    "dark",
    "rotation",
    "tilt",
    "dust",
    "film",
    "glare",
    "cover",
    "jpeg",
    "mix",
)


@dataclass(frozen=True, slots=True)
class Made:
    """A made picture and the texts that stand in it (none for a negative)."""

    pixels: Gray
    texts: tuple[str, ...]
    kind: str


def sscc(random: Random) -> str:
    """A random SSCC with a right check digit."""
    digits = "".join(str(digit) for digit in random.integers(0, 10, 17))
    return digits + str(check_digit(digits))


def symbol(form: str, text: str, module: int = 4, bar_height: int = 50, **options: object) -> Gray:
    """A crisp symbol with quiet zones, ``module`` pixels a module, bars ``bar_height`` modules high."""
    kind = getattr(zxingcpp.BarcodeFormat, form)
    made = zxingcpp.create_barcode(text, kind, **options)
    pixels = np.array(made.to_image(scale=1))
    if form in ("Code128", "ITF", "EAN13", "EAN8", "UPCA", "UPCE", "Code39", "DataBarOmni", "DataBarExp"):
        row = pixels[pixels.shape[0] // 2]
        pixels = np.repeat(row[None, :], bar_height, axis=0)
        pixels = np.pad(pixels, ((4, 4), (4, 4)), constant_values=255)
    grown: Gray = np.kron(pixels, np.ones((module, module), np.uint8))
    return grown


def label(code: str, random: Random) -> tuple[Gray, float]:
    """A logistics label: content GS1-128, SSCC GS1-128, DataMatrix, QR and print; and its pixels a module.

    Nominal module of the SSCC symbol is 4 pixels on this canvas of about 860 x 1180.
    """
    canvas = np.full((1180, 860), 250, np.uint8)
    for line, words in enumerate(("SHIPPER: HAMDAM RELIEF", "TO: HAIRATAN DEPOT 4", f"LOT {code[8:14]}")):
        cv2.putText(canvas, words, (40, 70 + 52 * line), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 20, 3)
    matrix = symbol("DataMatrix", "(00)" + code, 8, gs1=True, force_square=True)
    square = symbol("QRCode", "(00)" + code, 6, gs1=True)
    canvas[230 : 230 + matrix.shape[0], 60 : 60 + matrix.shape[1]] = matrix
    canvas[230 : 230 + square.shape[0], 480 : 480 + square.shape[1]] = square
    gtin = "".join(str(digit) for digit in random.integers(0, 10, 13))
    content = symbol("Code128", f"(02){gtin}{check_digit(gtin)}(37)24(10)LOT{code[8:13]}", 1, 60, gs1=True)
    wide = cv2.resize(content, (800, 190), interpolation=cv2.INTER_AREA)
    canvas[560:750, 30:830] = wide
    bars = symbol("Code128", "(00)" + code, 4, 62, gs1=True)
    bars = bars[:, : min(bars.shape[1], 860)]
    left = (860 - bars.shape[1]) // 2
    canvas[830 : 830 + bars.shape[0], left : left + bars.shape[1]] = bars
    cv2.putText(canvas, f"(00) {code}", (150, 1135), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 20, 3)
    return canvas, 4.0


def frame(axis: str, severity: int, seed: int, number: str | None = None) -> Made:
    """A 1920 x 1080 frame with one pallet label, degraded along ``axis``; ``texts`` holds its SSCC, a random
    one unless ``number`` is given."""
    random = np.random.default_rng([seed, severity, AXES.index(axis)])
    code = sscc(random)
    code = number or code
    canvas, nominal = label(code, random)
    steps = {name: severity if name == axis else 0 for name in AXES}
    if axis == "mix":
        chosen = random.choice(AXES[:-1], size=3, replace=False)
        for name in chosen:
            steps[str(name)] = int(random.integers(max(0, severity - 1), severity + 1))
    module = (2.6, 2.0, 1.5, 1.2, 1.0, 0.85)[steps["distance"]]
    turn = (0, 5, 20, 40, 60, 90, 180)
    angle = random.uniform(turn[steps["rotation"]], turn[steps["rotation"] + 1]) * random.choice((-1, 1))
    if steps["rotation"] == 0:
        angle = random.uniform(-4, 4)
    tilt = (0, 25, 40, 50, 58, 65)[steps["tilt"]]
    _spoil_print(canvas, steps, random)
    scene = backdrop(random)
    scene = paste(scene, canvas, (module / nominal, angle, tilt), random)
    pixels: Gray = scene.astype(np.float32)
    if steps["film"]:
        pixels = _film(pixels, steps["film"], random)
    if steps["glare"]:
        pixels = glare(pixels, (0, 0.15, 0.3, 0.5, 0.7, 0.9)[steps["glare"]], random)
    pixels = cv2.GaussianBlur(pixels, (0, 0), (0.6, 1.1, 1.5, 1.9, 2.3, 2.8)[steps["defocus"]])
    pixels = motion(pixels, (0, 3, 5, 8, 11, 15)[steps["motion"]], random)
    light = (1.0, 0.35, 0.15, 0.08, 0.045, 0.025)[steps["dark"]]
    pixels = pixels * light + random.normal(0, 2.0 + 1.0 * (light < 0.5), pixels.shape)
    if light < 1:
        pixels = pixels * min(1 / light, 4.0)
    final = np.clip(pixels, 0, 255).astype(np.uint8)
    quality = (92, 50, 30, 18, 10, 6)[steps["jpeg"]]
    return Made(jpeg(final, quality), (code,), f"{axis}-{severity}")


def crowd(count: int, seed: int) -> Made:
    """A 1920 x 1080 frame with ``count`` whole labels in four columns at most; ``texts`` holds every SSCC."""
    random = np.random.default_rng([seed, count, 3])
    scene = backdrop(random)
    columns = min(count, 4)
    rows = -(-count // columns)
    wide, high = 1920 // columns, 1080 // rows
    codes = []
    for place in range(count):
        codes.append(sscc(random))
        canvas, _ = label(codes[-1], random)
        canvas = canvas[800:]
        share = min((wide - 30) / canvas.shape[1], (high - 10) / canvas.shape[0])
        small = cv2.resize(canvas, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        top = place // columns * high + int(random.integers(0, high - small.shape[0] + 1))
        left = place % columns * wide + int(random.integers(0, wide - small.shape[1] + 1))
        scene[top : top + small.shape[0], left : left + small.shape[1]] = small
    return Made(_finished(scene, 0.6, random), tuple(codes), f"crowd-{count}")


def bars_only(module: float, blur: float, seed: int) -> Made:
    """A 1920 x 1080 frame with the GS1-128 of a label alone, ``module`` pixels a module behind a ``blur`` (sigma,
    pixels); every other one lies at any angle."""
    random = np.random.default_rng([seed, int(module * 100), int(blur * 100)])
    code = sscc(random)
    canvas, nominal = label(code, random)
    angle = random.uniform(-4, 4) if seed % 2 else random.uniform(0, 360)
    scene = paste(backdrop(random), canvas[780:], (module / nominal, angle, 0.0), random)
    return Made(_finished(scene, blur, random), (code,), "bars")


def _finished(scene: Gray, blur: float, random: Random) -> Gray:
    soft = cv2.GaussianBlur(scene.astype(np.float32), (0, 0), blur)
    return jpeg(np.clip(soft + random.normal(0, 2, scene.shape), 0, 255).astype(np.uint8), 92)


def empty_frame(seed: int) -> Made:
    """A 1920 x 1080 frame of a dock without any code: planks, blinds, print, stretch film."""
    random = np.random.default_rng([seed, 99])
    scene = backdrop(random)
    for _ in range(6):
        x, y = int(random.integers(0, 1500)), int(random.integers(80, 1000))
        cv2.putText(scene, "TERMIZ KARGO 4471", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 30, 3)
    x = int(random.integers(100, 1200))
    for stripe in range(24):
        cv2.line(scene, (x + stripe * 14, 200), (x + stripe * 14, 640), int(random.integers(20, 90)), 6)
    return Made(jpeg(scene, 85), (), "empty")


STILL_KINDS = (
    "EAN13",
    "UPCA",
    "EAN8",
    "Code128",
    "Code39",
    "ITF",
    "QRCode",
    "DataMatrix",
    "PDF417",
    "Aztec",
    "DataBarOmni",
    "DataBarExp",
)


def still(kind: str, severity: int, seed: int) -> Made:
    """One code of ``kind`` in a photo of 0.1 to 0.5 megapixels, worse with ``severity`` 0..4."""
    random = np.random.default_rng([seed, severity, STILL_KINDS.index(kind), 7])
    text = payload(kind, random)
    code = symbol(kind, text, 6, int(random.integers(30, 60)))
    height, width = int(random.integers(240, 560)), int(random.integers(320, 800))
    linear = kind not in ("QRCode", "DataMatrix", "PDF417", "Aztec")
    low = (2.6, 2.0, 1.6, 1.35, 1.15)[severity] * (1.0 if linear else 1.5)
    module = min(low * random.uniform(1.0, 1.3), 0.92 * width / (code.shape[1] / 6))
    scene = backdrop(random, (height, width))
    angle = random.uniform(-1, 1) * (4, 15, 35, 90, 180)[severity]
    tilt = random.uniform(0, 1) * (10, 25, 35, 42, 50)[severity]
    pixels: Gray = paste(scene, code, (module / 6.0, angle, tilt), random).astype(np.float32)
    pixels = cv2.GaussianBlur(
        pixels, (0, 0), 0.4 + module * random.uniform(0, 1) * (0.2, 0.3, 0.4, 0.5, 0.6)[severity]
    )
    light = random.uniform(1.0 - 0.15 * severity, 1.0)
    shade = np.linspace(1.0, random.uniform(0.6, 1.0), width, dtype=np.float32)[None, :]
    pixels = pixels * light * shade + random.normal(0, 1.5 + 1.5 * severity, pixels.shape)
    final = np.clip(pixels, 0, 255).astype(np.uint8)
    plain = text.replace("(", "").replace(")", "") if kind == "DataBarExp" else text
    return Made(jpeg(final, int((92, 80, 65, 50, 40)[severity])), (plain,), kind)


def payload(kind: str, random: Random) -> str:
    """A random text that the symbology ``kind`` can carry, check digit included."""

    def digits(count: int) -> str:
        return "".join(str(digit) for digit in random.integers(0, 10, count))

    def with_check(body: str) -> str:
        return body + str(check_digit(body))

    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"

    def word(count: int) -> str:
        return "".join(letters[int(place)] for place in random.integers(0, len(letters), count))

    makers: dict[str, Callable[[], str]] = {
        "EAN13": lambda: with_check("4" + digits(11)),
        "UPCA": lambda: with_check(digits(11)),
        "EAN8": lambda: with_check(digits(7)),
        "Code128": lambda: word(int(random.integers(5, 14))),
        "Code39": lambda: word(int(random.integers(4, 9))),
        "ITF": lambda: with_check(digits(13)),
        "QRCode": lambda: "https://karvon.example/" + word(int(random.integers(4, 40))),
        "DataMatrix": lambda: word(int(random.integers(6, 40))),
        "PDF417": lambda: word(int(random.integers(8, 40))),
        "Aztec": lambda: word(int(random.integers(6, 40))),
        "DataBarOmni": lambda: "01" + with_check("0" + digits(12)),
        "DataBarExp": lambda: "(01)" + with_check("9" + digits(12)) + "(10)" + word(5),
    }
    return makers[kind]()


def backdrop(random: Random, shape: tuple[int, int] = (1080, 1920)) -> Gray:
    """Gray planks of a dock floor with their grain, (height, width)."""
    height, width = shape
    coarse = random.normal(110, 22, (max(2, height // 60), max(2, width // 60))).astype(np.float32)
    scene: Gray = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    board = max(24, height // 9)
    for top in range(0, height, board):
        scene[top : top + 3] *= 0.45
    scene += cv2.GaussianBlur(random.normal(0, 14, (height, width)).astype(np.float32), (0, 0), 1.0)
    return np.clip(scene, 0, 255).astype(np.uint8)


def paste(scene: Gray, patch: Gray, pose: tuple[float, float, float], random: Random) -> Gray:
    """Project ``patch`` into the scene; ``pose`` is its scale, turn and tilt (degrees)."""
    scale, angle, tilt = pose
    height, width = patch.shape
    corners = (
        np.array([[-width, -height], [width, -height], [width, height], [-width, height]], np.float64) / 2
    )
    corners *= scale
    lean = np.deg2rad(tilt)
    axis = random.uniform(0, 2 * np.pi) if tilt else 0.0
    spin = np.array([[np.cos(axis), -np.sin(axis)], [np.sin(axis), np.cos(axis)]])
    turned = corners @ spin
    far = 2.2 * max(width, height) * scale
    depth = far + turned[:, 0] * np.sin(lean)
    turned[:, 0] *= np.cos(lean)
    turned = turned * (far / depth)[:, None] @ spin.T
    radians = np.deg2rad(angle)
    rotate = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    turned = turned @ rotate.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    room = np.array([scene.shape[1], scene.shape[0]], np.float64) - (high - low)
    shift = np.where(room > 0, random.uniform(0, 1, 2) * np.maximum(room, 0), room / 2) - low
    target = (turned + shift).astype(np.float32)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    soft = cv2.GaussianBlur(patch, (0, 0), max(0.01, 0.35 / scale)) if scale < 0.8 else patch
    matrix = cv2.getPerspectiveTransform(source, target)
    size = (scene.shape[1], scene.shape[0])
    warped = cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full_like(patch, 255), matrix, size)
    share = mask.astype(np.float32) / 255.0
    merged: Gray = (scene * (1 - share) + warped * share).astype(np.uint8)
    return merged


def _spoil_print(canvas: Gray, steps: dict[str, int], random: Random) -> None:
    height, width = canvas.shape
    share = (0, 0.03, 0.07, 0.12, 0.18, 0.26)[steps["dust"]]
    covered, spot = 0.0, 0
    while covered < share * height * width and spot < 6000:
        radius = int(random.integers(2, 14))
        centre = (int(random.integers(0, width)), int(random.integers(0, height)))
        cv2.circle(canvas, centre, radius, int(random.integers(120, 210)), -1)
        covered += 3.1 * radius * radius
        spot += 1
    cover = (0, 0.15, 0.3, 0.45, 0.6, 0.75)[steps["cover"]]
    if cover:
        canvas[830 : 830 + int(280 * cover), 0:width] = int(random.integers(90, 170))


def _film(pixels: NDArray[Any], step: int, random: Random) -> NDArray[Any]:
    height, width = pixels.shape
    waves = random.normal(0, 1, (height // 24, width // 24)).astype(np.float32)
    dx = cv2.resize(waves, (width, height), interpolation=cv2.INTER_CUBIC) * (0.35 * step)
    dy = cv2.resize(waves.T.copy(), (width, height), interpolation=cv2.INTER_CUBIC) * (0.35 * step)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    bent = cv2.remap(pixels, xs + dx, ys + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    sheen = np.maximum(0, cv2.GaussianBlur(dx * dy, (0, 0), 3)) * 18
    wrapped: Gray = (bent * (1 - 0.05 * step) + 12 * step + sheen).astype(np.float32)
    return wrapped


def glare(pixels: NDArray[Any], share: float, random: Random) -> NDArray[Any]:
    """A lamp's reflection of ``share`` 0..1 somewhere on the bright paper."""
    height, width = pixels.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    bright = pixels > 200
    at = np.argwhere(bright[::8, ::8]) * 8
    cy, cx = at[int(random.integers(0, len(at)))] if len(at) else (height / 2, width / 2)
    spot = np.exp(-(((x - cx) / (160 + 260 * share)) ** 2) - ((y - cy) / (60 + 120 * share)) ** 2)
    lit: Gray = (pixels + 330 * share * spot).astype(np.float32)
    return lit


def motion(pixels: NDArray[Any], length: int, random: Random) -> NDArray[Any]:
    """The picture drawn out over ``length`` pixels in a random direction."""
    if length < 2:
        return pixels
    kernel = np.zeros((length + 2, length + 2), np.float32)
    angle = random.uniform(0, np.pi)
    middle = (length + 1) / 2
    dx, dy = np.cos(angle) * length / 2, np.sin(angle) * length / 2
    start = (round(middle - dx), round(middle - dy))
    cv2.line(kernel, start, (round(middle + dx), round(middle + dy)), 1.0, 1)
    kernel /= kernel.sum()
    moved: NDArray[Any] = cv2.filter2D(pixels, -1, kernel)
    return moved


def jpeg(pixels: Gray, quality: int) -> Gray:
    """The picture after JPEG at ``quality`` 1..100."""
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done
    decoded: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    result: Gray = decoded
    return result
