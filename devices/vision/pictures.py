"""Opening pictures that anybody may have sent: bytes or arrays in, 8-bit gray out, or a refusal.

The header is read before a single pixel is unpacked, so that a small file which unfolds to gigabytes
is refused at the cost of its header. Transparent pixels become white paper.
"""

from __future__ import annotations

import io
import warnings

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from devices.vision.model import Gray, PictureRefused

#: Largest picture that is unpacked: 64 million pixels is beyond every phone and line camera in use
#: on a dock, and costs 64 MB as gray.
MAX_PIXELS = 64_000_000
MAX_SIDE = 20_000
MAX_BYTES = 80_000_000
#: Only formats whose decoders are worth exposing to strangers; no PDF, EPS, or vector formats.
OPENED = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM")


def gray_from_bytes(data: bytes) -> Gray:
    """Unpack a picture file to 8-bit gray, upright by its EXIF note. Raises PictureRefused."""
    if not data:
        raise PictureRefused("The file is empty.")
    if len(data) > MAX_BYTES:
        raise PictureRefused(
            f"The file has {len(data) // 1_000_000} MB; at most {MAX_BYTES // 1_000_000} MB are opened."
        )
    with warnings.catch_warnings():
        # Our own limits below are stricter than the library's warning; odd EXIF or TIFF tags are no error.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=OPENED) as picture:
                _refuse_size(*picture.size)
                return _gray(picture)
        except PictureRefused:
            raise
        except UnidentifiedImageError:
            raise PictureRefused(
                "This is not a picture that can be opened (PNG, JPEG, WebP, BMP, TIFF and GIF are)."
            ) from None
        except Image.DecompressionBombError:
            raise PictureRefused("The picture would unfold to far more pixels than a photo has.") from None
        except MemoryError:
            raise PictureRefused("The picture does not fit into memory.") from None
        except Exception as problem:
            # Decoders raise everything from OSError to struct.error and SyntaxError on broken files.
            raise PictureRefused(
                f"The picture is damaged or cut short: {problem or type(problem).__name__}."
            ) from None


def gray_from_array(image: object) -> Gray:
    """Gray view of a frame: (h, w) or (h, w, 1|3|4) with BGR order, 8 or 16 bit. Raises PictureRefused."""
    if not isinstance(image, np.ndarray):
        raise PictureRefused(f"A picture must be bytes or an array, not {type(image).__name__}.")
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise PictureRefused(
            f"An array of shape {image.shape} is no picture; it must be (h, w) or (h, w, 3)."
        )
    _refuse_size(int(image.shape[1]), int(image.shape[0]))
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    elif image.dtype == np.bool_:
        image = image.astype(np.uint8) * 255
    elif image.dtype != np.uint8:
        raise PictureRefused(f"Pixels must be 8-bit numbers, not {image.dtype}.")
    if image.ndim == 3:
        channels = image.shape[2]
        if channels == 1:
            image = image[:, :, 0]
        elif channels == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        elif channels == 4:
            image = cv2.cvtColor(image, cv2.COLOR_BGRA2GRAY)
        else:
            raise PictureRefused(f"A picture has 1, 3 or 4 channels, not {channels}.")
    return np.ascontiguousarray(image)


def _refuse_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise PictureRefused("The picture has no pixels.")
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise PictureRefused(
            f"The picture is {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million "
            f"and {MAX_SIDE} a side are opened. Take the photo at a lower resolution."
        )


def _gray(picture: Image.Image) -> Gray:
    image: Image.Image = picture
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        image = _scaled_to_8_bit(image)
    image = ImageOps.exif_transpose(image) or image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        paper = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, layered)
    pixels = np.asarray(image.convert("L"), dtype=np.uint8)
    return np.ascontiguousarray(pixels)


def _scaled_to_8_bit(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    if top > 255:
        values *= 255.0 / (65535.0 if top > 4095 else top)
    scaled = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    exif = image.info.get("exif")
    if exif:
        scaled.info["exif"] = exif
    return scaled
