"""A simulated camera: serves a picture of a label, or of a number plate, as a JPEG snapshot over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import barcode
import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.faults import Mistake, Rates
from simulators.web import Answer, Request, WebServer

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 1280, 960
MODULE_PX = 3


class Camera:
    """One camera. What it sees changes with :meth:`show`, :meth:`plate` and :meth:`file`."""

    kind = "camera"
    protocol = ""

    def __init__(self, device_id: str, point: str = "", *, port: int = 0, seed: int = 0) -> None:
        self.id = device_id
        self.point = point
        self.rates = Rates()
        self._dice = np.random.default_rng(seed)
        self._web = WebServer(self._serve, port)
        self._jpeg = b""
        self._served = 0
        #: what is in view, in a few words for people
        self.shows = ""
        self.empty()

    @property
    def url(self) -> str:
        """The picture address."""
        return f"http://127.0.0.1:{self._web.port}/snapshot.jpg"

    async def start(self) -> None:
        """Serve. Raises ``OSError``."""
        await self._web.start()

    async def stop(self) -> None:
        """Stop serving."""
        await self._web.stop()

    def empty(self) -> None:
        """Nothing in view but the floor of the hall."""
        self._jpeg = jpeg(self._floor())
        self.shows = ""

    def show(self, text: str = "", qr: str = "", blur: float = 0.0) -> None:
        """A label with a GS1-128 or Code 128 barcode and, or, a QR code. Raises :class:`Mistake`."""
        if not text and not qr:
            raise Mistake("give `text` for a barcode, `qr` for a QR code, or `path` for a picture file")
        scene = self._floor()
        paste(scene, label(text, qr), self._dice)
        self._jpeg = jpeg(blurred(scene, blur))
        self.shows = text or qr

    def plate(self, text: str) -> None:
        """A number plate. Raises :class:`Mistake`."""
        if not text or len(text) > 16 or not text.isascii():
            raise Mistake("`plate` is a number plate of 1 to 16 Latin letters and digits")
        scene = self._floor()
        board = np.full((120, 60 + 42 * len(text), 3), 250, np.uint8)
        cv2.rectangle(board, (3, 3), (board.shape[1] - 4, 116), (20, 20, 20), 3)
        cv2.putText(board, text, (30, 82), cv2.FONT_HERSHEY_SIMPLEX, 1.9, (10, 10, 10), 5, cv2.LINE_AA)
        paste(scene, board, self._dice)
        self._jpeg = jpeg(scene)
        self.shows = text

    def file(self, path: Path) -> None:
        """A picture file. Raises :class:`Mistake` when it is none."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise Mistake(f"the picture {path} cannot be read: {error.strerror}") from None
        self.content(data)

    def content(self, data: bytes) -> None:
        """A picture file's content. Raises :class:`Mistake` when it is none."""
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
        if picture is None:
            raise Mistake("this is no picture that can be shown (JPEG, PNG, BMP, WebP)")
        self.shows = "…"
        self._jpeg = data if data.startswith(b"\xff\xd8") else jpeg(np.asarray(picture, np.uint8))

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        return {
            "id": self.id,
            "kind": self.kind,
            "protocol": self.protocol,
            "point": self.point,
            "url": self.url,
            "plugged": self._web.running,
            "connected": self._web.running,
            "sent": self._served,
            "shows": self.shows,
            "faults": self.rates.on(),
        }

    def _floor(self) -> Image:
        noise = self._dice.normal(118, 3, (HEIGHT, WIDTH, 1)).clip(0, 255).astype(np.uint8)
        return np.repeat(noise, 3, axis=2)

    async def _serve(self, request: Request) -> Answer:
        if request.path.split("?")[0] != "/snapshot.jpg" or request.method != "GET":
            return Answer(404, b"the picture is at /snapshot.jpg\n", "text/plain")
        self._served += 1
        data = b"" if self.rates.silent else self._jpeg
        if self.rates.garbled:
            data = data[: len(data) // 3]
        return Answer(200, data, "image/jpeg")


def modules(text: str) -> str:
    """The bars of a Code 128 symbol as ones and zeros; GS1-128 when the text is an element string."""
    gs1 = text.isdigit() or "\x1d" in text
    kind = "gs1_128" if gs1 else "code128"
    try:
        symbol = barcode.get(kind, text.replace("\x1d", "\xf1"))
        return str(symbol.build()[0])
    except (barcode.errors.BarcodeError, KeyError, ValueError) as error:
        raise Mistake(f"{text!r} cannot be printed as a barcode: {error}") from None


def label(text: str, qr: str) -> Image:
    """A white label with its barcode, text and QR code, ready to be pasted into a scene."""
    parts: list[Image] = []
    if text:
        bars = np.array([0 if bit == "1" else 255 for bit in modules(text)], np.uint8)
        strip = np.repeat(np.repeat(bars[None, :], 150, axis=0), MODULE_PX, axis=1)
        parts.append(np.pad(strip, ((30, 50), (45, 45)), constant_values=255))
    if qr:
        matrix = cv2.QRCodeEncoder.create().encode(qr)
        side = 6 * matrix.shape[0]
        big = cv2.resize(matrix, (side, side), interpolation=cv2.INTER_NEAREST)
        parts.append(np.pad(np.asarray(big, np.uint8), 30, constant_values=255))
    width = max(part.shape[1] for part in parts)
    rows = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=255) for part in parts]
    gray = np.vstack(rows)
    if text:
        shown = text.replace("\x1d", " ")[:60]
        cv2.putText(gray, shown, (45, 212), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2, cv2.LINE_AA)
    return np.repeat(gray[:, :, None], 3, axis=2)


def paste(scene: Image, sheet: Image, dice: np.random.Generator) -> None:
    """Lay a sheet onto the scene, turned by a few degrees, where it fits."""
    height, width = sheet.shape[:2]
    fit = min(1.0, 0.92 * scene.shape[1] / width, 0.85 * scene.shape[0] / height)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(dice.uniform(-4, 4)), fit)
    turn[:, 2] += (
        scene.shape[1] / 2 - width / 2 + dice.uniform(-15, 15),
        scene.shape[0] / 2 - height / 2 + dice.uniform(-15, 15),
    )
    size = (scene.shape[1], scene.shape[0])
    laid = cv2.warpAffine(sheet, turn, size, flags=cv2.INTER_AREA)
    mask = cv2.warpAffine(np.full((height, width), 255, np.uint8), turn, size, flags=cv2.INTER_NEAREST)
    scene[mask > 0] = laid[mask > 0]


def blurred(scene: Image, blur: float) -> Image:
    """The scene out of focus by ``blur`` pixels (0 to 10). Raises :class:`Mistake`."""
    if isinstance(blur, bool) or not isinstance(blur, int | float) or not 0 <= blur <= 10:
        raise Mistake(f"`blur` is a number from 0 to 10, not {blur!r}")
    return scene if blur == 0 else np.asarray(cv2.GaussianBlur(scene, (0, 0), blur), np.uint8)


def jpeg(scene: Image) -> bytes:
    """The scene as a JPEG file."""
    done, data = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise Mistake("the picture cannot be written as JPEG")
    return data.tobytes()
