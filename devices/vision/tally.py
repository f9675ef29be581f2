"""Weighing reads against each other: which symbols of a picture are believed, and how firmly.

A check digit does not protect: degraded Code 128 labels give wrong texts with valid mod 103, some of
them even valid SSCCs. What protects is agreement of reads that do not share their errors: another
engine, another scale, another rectification. Reads of one engine at one scale count once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from devices.vision.gs1 import FNC1, elements, mod10
from devices.vision.model import EAN_UPC, LINEAR, MATRIX, Decoded, Read

#: Votes that an unconfirmed stage may give on its own; linear symbols elsewhere need agreement.
_STRONG_STAGES = frozenset({"fast", "full"})

#: Stages whose single answer is worth nothing: they read one place often, or a copy that was changed.
_DOUBTFUL = frozenset(
    {"line", "region", "template", "scale", "negative", "lifted", "sharp", "x1.5", "x2", "soft"}
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a picture's user accepts. ``itf_lengths`` None takes any even length from ``itf_floor`` digits
    (14 digits still need their check digit when only one read stands behind them)."""

    itf_lengths: frozenset[int] | None = frozenset({14})
    itf_floor: int = 4
    code39_floor: int = 3


@dataclass(slots=True)
class Group:
    """Reads that agree on text and place."""

    key: tuple[str, str]
    reads: list[Read] = field(default_factory=list)

    @property
    def symbology(self) -> str:
        """Family name of the symbol (UPC-A and EAN-13 are one family)."""
        return self.key[0]

    @property
    def votes(self) -> int:
        """Independent reads: distinct pairs of engine and family of stages."""
        return len({(read.engine, _family(read.stage)) for read in self.reads})

    @property
    def best(self) -> Read:
        """The read to show: zxing-cpp's, which carries the AIM identifier, else the first."""
        return next((read for read in self.reads if read.aim), self.reads[0])

    @property
    def extent(self) -> Read:
        """The read with the longest outline, for questions of place."""
        return max(self.reads, key=lambda read: read.length)


class Tally:
    """Collects reads of one picture and says which symbols stand."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.groups: list[Group] = []

    def add(self, reads: list[Read]) -> list[Group]:
        """Take reads in; returns the groups that they joined or opened."""
        touched = []
        for read in reads:
            tidy = tidied(read, self.rules)
            if tidy is None:
                continue
            key = _key(tidy)
            group = next(
                (one for one in self.groups if one.key == key and _same_place(one.extent, tidy, loose=True)),
                None,
            )
            if group is None:
                group = Group(key)
                self.groups.append(group)
            group.reads.append(tidy)
            if group not in touched:
                touched.append(group)
        return touched

    def accepted(self) -> list[Group]:
        """Groups that stand: enough votes for their kind, and not contradicted where they lie."""
        standing = [group for group in self.groups if self._believed(group)]
        return [group for group in standing if not self._contradicted(group)]

    def undecided(self) -> list[Group]:
        """Linear groups that one more agreeing read would make firm."""
        return [group for group in self.groups if not firm(group) and group.symbology not in MATRIX]

    def drop(self, group: Group) -> None:
        """Forget a group that turned out to be part of something longer."""
        self.groups = [one for one in self.groups if one is not group]

    def covered(self, x: float, y: float) -> bool:
        """True when a firm symbol already lies at this point of the picture."""
        dot = (x, y)
        probe = Read("QR", "", b"", None, (dot, dot, dot, dot), "", "")
        return any(firm(group) and _same_place(group.extent, probe) for group in self.accepted())

    def decoded(self) -> list[Decoded]:
        """The accepted symbols in reading order of discovery."""
        found = []
        for group in self.accepted():
            read = group.best
            found.append(
                Decoded(
                    symbology=read.symbology,
                    text=read.text,
                    raw=read.raw,
                    aim=read.aim,
                    corners=read.corners,
                    votes=group.votes,
                    engines=tuple(sorted({one.engine for one in group.reads})),
                    stage=group.reads[0].stage,
                    confident=firm(group),
                )
            )
        return found

    def _believed(self, group: Group) -> bool:
        if firm(group):
            return True
        read = group.best
        if any(one.stage == "template" for one in group.reads):
            return True
        if group.symbology == "Code128":
            return _code128_alone(group)
        if group.symbology in ("DataBar", "DataBarLimited", "DataBarExpanded"):
            # Read off a changed copy once, DataBar has come out wrong with every check of its own right.
            first_sight = any(one.stage in _STRONG_STAGES for one in group.reads)
            return read.engine == "zxing" and first_sight and _plausible_databar(read)
        if group.symbology == "Code93":
            return read.engine == "zxing" and len(read.text) >= 4
        if group.symbology in ("EAN-13", "EAN-8"):
            # The first pass over the untouched picture needs several agreeing scan lines in zxing-cpp.
            return read.engine == "zxing" and any(one.stage in _STRONG_STAGES for one in group.reads)
        return False

    def _contradicted(self, group: Group) -> bool:
        if group.symbology in MATRIX:
            return False
        mine = group.extent
        for other in self.groups:
            if other is group or other.symbology in MATRIX:
                continue
            theirs = other.extent
            # Half an EAN-13 along a slanting line can read as a short symbol with every check right.
            short = group.symbology in ("UPC-E", "EAN-8") and other.symbology == "EAN-13"
            loose = firm(other) and (short or not firm(group))
            if not (_same_place(mine, theirs, loose=loose) or _same_place(theirs, mine, loose=loose)):
                continue
            if other.votes > group.votes or (short and firm(other)):
                return True
            if other.votes == group.votes:
                # Two stories about one place: a longer symbol covers the shorter one inside it,
                # a firm story beats a loose one, otherwise neither is told.
                if firm(group) and theirs.length < 0.7 * mine.length:
                    continue
                if firm(other) or not firm(group):
                    return True
        return False


def firm(group: Group) -> bool:
    """True when the reads behind a symbol may move goods without a second look."""
    if group.symbology in MATRIX:
        # Error correction of PDF417 has been seen to agree on nonsense after strong sharpening.
        return group.symbology != "PDF417" or group.votes >= 2 or _family(group.reads[0].stage) != "sharp"
    return group.votes >= 2


def tidied(read: Read, rules: Rules) -> Read | None:
    """The read with its text in house form, or None when the symbology's own rules refuse it."""
    text = read.text
    name = read.symbology
    if not text:
        return None
    if name in ("EAN-13", "UPC-A"):
        digits = text.zfill(13)
        if len(digits) != 13 or not mod10(digits):
            return None
        name, text = ("UPC-A", digits[1:]) if digits[0] == "0" else ("EAN-13", digits)
    elif name == "EAN-8":
        if len(text) != 8 or not mod10(text):
            return None
    elif name == "UPC-E":
        wide = upce_expanded(text)
        if wide is None or not mod10(wide):
            return None
        text = wide
    elif name == "ITF":
        if not (text.isascii() and text.isdigit()) or len(text) % 2:
            return None
        if rules.itf_lengths is not None and len(text) not in rules.itf_lengths:
            return None
        if len(text) < rules.itf_floor or (len(text) == 14 and not mod10(text)):
            return None
        if len(set(text)) == 1 and len(text) != 14:
            return None
    elif name == "Code39":
        if len(text) < rules.code39_floor:
            return None
    elif name in ("Code128", "GS1-128"):
        text = text.rstrip("\r\n")
        if text.startswith(FNC1):
            text = text[1:]
    elif name in MATRIX:
        # A printer's line end behind the payload is no part of it; ``raw`` keeps it.
        text = text.rstrip("\r\n") or text
        if read.aim in ("]d2", "]Q3") and text.startswith(FNC1):
            text = text[1:]
    if not text:
        return None
    return Read(name, text, read.raw, read.aim, read.corners, read.engine, read.stage)


def upce_expanded(text: str) -> str | None:
    """UPC-E digits (6, 7 or 8) as the 12 digits of UPC-A, check digit last; None when malformed."""
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) == 12:
        return text
    if len(text) == 13 and text[0] == "0":
        return text[1:]
    if len(text) != 8 or text[0] not in "01":
        return None
    system, body, check = text[0], text[1:7], text[7]
    last = body[5]
    if last in "012":
        wide = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        wide = body[:3] + "00000" + body[3:5]
    elif last == "4":
        wide = body[:4] + "00000" + body[4]
    else:
        wide = body[:5] + "0000" + last
    return system + wide + check


def _key(read: Read) -> tuple[str, str]:
    if read.symbology in ("UPC-A", "EAN-13"):
        return ("EAN-13", read.text.zfill(13))
    if read.symbology == "GS1-128":
        return ("Code128", read.text)
    if read.symbology.startswith("DataBar"):
        text = read.text
        if read.symbology == "DataBar" and len(text) == 16 and text.startswith("01"):
            text = text[2:]
        return (read.symbology, text)
    return (read.symbology, read.text)


def _family(stage: str) -> str:
    return {"fast": "native", "full": "native"}.get(stage, stage.split(":", maxsplit=1)[0])


def _code128_alone(group: Group) -> bool:
    """Whether a single read of Code 128 stands (not firm, but not nothing either)."""
    read = group.best
    if len(read.text) < 3 and read.stage not in _STRONG_STAGES:
        return False
    if read.symbology == "GS1-128" and elements(read.text) is None:
        return False
    return read.engine in ("zxing", "zbar") and _family(read.stage) not in _DOUBTFUL


def _plausible_databar(read: Read) -> bool:
    if read.symbology == "DataBarExpanded":
        return elements(read.text) is not None or len(read.text) >= 24
    digits = read.text[2:] if len(read.text) == 16 else read.text
    return len(digits) == 14 and mod10(digits)


def _same_place(a: Read, b: Read, *, loose: bool = False) -> bool:
    """True when the middle of ``b`` lies on ``a``; ``loose`` allows for outlines of different engines."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = a.corners
    cx, cy = a.centre
    ux, uy = (x1 + x2 - x0 - x3) / 2, (y1 + y2 - y0 - y3) / 2
    vx, vy = (x3 + x2 - x0 - x1) / 2, (y3 + y2 - y0 - y1) / 2
    length = max(math.hypot(ux, uy), 1.0)
    height = max(math.hypot(vx, vy), 1.0)
    bx, by = b.centre
    along = abs((bx - cx) * ux + (by - cy) * uy) / length
    across = abs(-(bx - cx) * uy + (by - cy) * ux) / length
    if a.symbology in LINEAR or a.symbology.startswith("DataBar"):
        (p0, q0), (p1, q1), (p2, q2), (p3, q3) = b.corners
        other = math.hypot(p3 + p2 - p0 - p1, q3 + q2 - q0 - q1) / 2
        reach = max(height, other)
        if loose:
            return along < 0.6 * length and across < max(reach, 0.5 * length)
        return along < 0.5 * length and across < max(0.6 * reach, 3.0)
    side = max(length, height)
    return along < (0.8 if loose else 0.5) * side and across < (0.8 if loose else 0.5) * side


def is_weak(symbology: str) -> bool:
    """Symbologies whose own check is too weak for one read: EAN/UPC, Code 39, ITF, Codabar."""
    return symbology in EAN_UPC or symbology in ("Code39", "ITF", "Codabar")
