"""Results of X-ray and other non-intrusive inspection systems, as they come beside the pictures.

The picture formats are the makers' (UFF, DICOS): such a file is evidence by its SHA-256, size and identity, and is
not opened here. What decides is the small record that comes with it, JSON or XML, pushed or laid into a folder. A
result that cannot be read completely is refused, never guessed: a missing result means that nothing is cleared.

::

    {"scan_id": "XR-2026-000431", "container": "MSKU1234565", "plate": "75 412 CBA", "consignment": "TRM-2026-0042",
     "verdict": "clear", "operator": "op-7", "started_at": "2026-11-16T07:12:00Z", "finished_at": "...",
     "system": "gantry-1", "remarks": "", "images": [{"name": "XR-431.uff", "sha256": "..."}]}

XML has the same names as elements, images as ``<images><image><name/><sha256/></image></images>``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

LARGEST = 1 << 20
MOST_IMAGES = 200

Verdict = Literal["clear", "suspicious", "rescan"]
VERDICTS: tuple[Verdict, ...] = ("clear", "suspicious", "rescan")

_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,120}")
_SHA = re.compile(r"[0-9a-f]{64}")
_REFERENCES = ("container", "plate", "wagon", "consignment")
_KNOWN = {
    "scan_id",
    *_REFERENCES,
    "verdict",
    "operator",
    "started_at",
    "finished_at",
    "system",
    "remarks",
    "images",
}


class ResultRefused(ValueError):  # noqa: N818 -- the name says what happened
    """The record cannot be taken; the sentence names the field and what it must be."""


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A picture file by its content."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class InspectionResult:
    """One scan judged by its operator. At least one of ``container``, ``plate``, ``wagon``, ``consignment`` is there.

    ``scan_id`` with ``system`` names the scan for ever: sent again it is the same result. Times in UTC. ``sha256`` is
    of the record as it came.
    """

    scan_id: str
    system: str
    verdict: Verdict
    operator: str
    started_at: datetime
    finished_at: datetime
    container: str | None = None
    plate: str | None = None
    consignment: str | None = None
    remarks: str = ""
    images: tuple[ImageRef, ...] = ()
    sha256: str = ""
    wagon: str | None = None

    @property
    def cleared(self) -> bool:
        """True only for the one verdict that clears."""
        return self.verdict == "clear"

    @property
    def nonce(self) -> str:
        """The same for the same scan, whenever and however it is sent."""
        return "nii-" + hashlib.sha256(f"{self.system}\n{self.scan_id}".encode()).hexdigest()[:40]

    def fields(self) -> dict[str, Any]:
        """Plain values, for a reading or a journal."""
        return {
            "scan_id": self.scan_id,
            "system": self.system,
            "verdict": self.verdict,
            "operator": self.operator,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "container": self.container,
            "plate": self.plate,
            "consignment": self.consignment,
            **({"wagon": self.wagon} if self.wagon else {}),
            "remarks": self.remarks,
            "images": [{"name": image.name, "sha256": image.sha256} for image in self.images],
            "sha256": self.sha256,
        }


def read_result(data: bytes) -> InspectionResult:
    """A result from JSON or XML, by its first character. Raises :class:`ResultRefused`."""
    if len(data) > LARGEST:
        raise ResultRefused(
            f"The record has more than {LARGEST >> 10} kB; send pictures by their sha256 only."
        )
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        fields = _json(data)
    elif start == b"<":
        fields = _xml(data)
    else:
        raise ResultRefused("The record is neither a JSON object nor an XML document.")
    return _result(fields, hashlib.sha256(data).hexdigest())


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ResultRefused(f"The JSON cannot be read: {error}.") from None
    if not isinstance(fields, dict):
        raise ResultRefused("The JSON is no object.")
    return fields


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _xml(data: bytes) -> Mapping[str, Any]:
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise ResultRefused(f"The XML cannot be read: {error or type(error).__name__}.") from None
    fields: dict[str, Any] = {}
    for child in root:
        name = child.tag.rpartition("}")[2]
        if name in fields:
            raise ResultRefused(f"`{name}` stands there twice.")
        if name == "images":
            fields[name] = [
                {part.tag.rpartition("}")[2]: part.text or "" for part in image} for image in child
            ]
        else:
            fields[name] = (child.text or "").strip()
    return fields


def _result(fields: Mapping[str, Any], sha256: str) -> InspectionResult:
    if unknown := sorted(set(fields) - _KNOWN):
        raise ResultRefused(
            f"`{str(unknown[0])[:60]}` is not a known name; known are {', '.join(sorted(_KNOWN))}."
        )
    references = {name: _text(fields, name, needed=False) for name in _REFERENCES}
    if not any(references.values()):
        raise ResultRefused("It does not say what was scanned: give container, plate, wagon or consignment.")
    verdict = _text(fields, "verdict")
    if verdict not in VERDICTS:
        raise ResultRefused(f"`verdict` is {verdict!r}; it must be one of {', '.join(VERDICTS)}.")
    started, finished = _moment(fields, "started_at"), _moment(fields, "finished_at")
    if finished < started:
        raise ResultRefused("`finished_at` lies before `started_at`.")
    return InspectionResult(
        scan_id=_text(fields, "scan_id") or "",
        system=_text(fields, "system") or "",
        verdict=next(word for word in VERDICTS if word == verdict),
        operator=_text(fields, "operator") or "",
        started_at=started,
        finished_at=finished,
        container=_tight(references["container"]),
        plate=references["plate"],
        consignment=references["consignment"],
        remarks=(_text(fields, "remarks", needed=False, most=2000) or ""),
        images=_images(fields.get("images", [])),
        sha256=sha256,
        wagon=_tight(references["wagon"]),
    )


def _text(fields: Mapping[str, Any], name: str, *, needed: bool = True, most: int = 120) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        if needed:
            raise ResultRefused(f"`{name}` is missing.")
        return None
    good = isinstance(value, str) and len(value) <= most and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value)
    if not good or (most == 120 and not _NAME.fullmatch(value)):
        raise ResultRefused(f"`{name}` must be text of 1 to {most} characters.")
    return str(value).strip() or None


def _tight(container: str | None) -> str | None:
    return re.sub(r"[\s-]", "", container).upper() if container else None


def _moment(fields: Mapping[str, Any], name: str) -> datetime:
    text = _text(fields, name) or ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ResultRefused(f"`{name}` is {text!r}; write a time with its zone, e.g. 2026-11-16T07:12:00Z.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ResultRefused(f"`{name}` is {text!r}, which no calendar has.") from None


def _images(value: Any) -> tuple[ImageRef, ...]:
    if not isinstance(value, list) or len(value) > MOST_IMAGES:
        raise ResultRefused(f"`images` is a list of at most {MOST_IMAGES} pictures with `name` and `sha256`.")
    found = []
    for number, item in enumerate(value, 1):
        name, sha = (item.get("name"), item.get("sha256")) if isinstance(item, dict) else (None, None)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(sha, str):
            raise ResultRefused(f"Picture {number} of `images` needs `name` and `sha256`.")
        if not _SHA.fullmatch(sha.lower()):
            raise ResultRefused(f"`sha256` of picture {number} must be 64 hexadecimal digits.")
        found.append(ImageRef(name, sha.lower()))
    return tuple(found)


# --- scan files -----------------------------------------------------------------------------------------------------

_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
#: how much of a file is looked through for its identity
OUTLINE = 64 << 10


@dataclass(frozen=True, slots=True)
class ScanFile:
    """What can be said of a scan file without opening it. ``kind``: ``zip``, ``dicom``, ``xml``, ``uff`` or ``other``.

    ``uuid`` is the first identity written in clear in its beginning, if there is one.
    """

    name: str
    size: int
    sha256: str
    kind: str
    uuid: str | None


def outline(name: str, data: bytes) -> ScanFile:
    """The outline of a scan file. Its inner layout is the maker's: it is kept as it came."""
    head = data[:OUTLINE]
    found = _UUID.search(head)
    if head[128:132] == b"DICM":
        kind = "dicom"
    elif head.startswith(b"PK\x03\x04"):
        kind = "zip"
    elif b"UFF" in head[:64].upper() or name.lower().endswith(".uff"):
        kind = "uff"
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        kind = "xml"
    else:
        kind = "other"
    identity = str(UUID(found[0].decode("ascii"))) if found else None
    return ScanFile(name, len(data), hashlib.sha256(data).hexdigest(), kind, identity)
