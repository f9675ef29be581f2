"""Linear symbols: turning bars upright, reading them band by band, and seeking second opinions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from devices.vision import locate, template, texture
from devices.vision.engines import on_picture, read_zbar, read_zxing
from devices.vision.locate import Patch
from devices.vision.model import DATABAR, LINEAR, Affine, Gray, Read
from devices.vision.scene import Scene
from devices.vision.tally import Group, firm
from devices.vision.texture import Region

#: Stages that looked at the picture with dark and bright exchanged.
NEGATIVE = "negative"


def drop_fragments(scene: Scene) -> None:
    """Take back reads of short symbols whose bars go on beyond their ends.

    Interleaved 2 of 5 has no check of its own and any even piece of a code reads as a whole one, on every
    scale and in both engines alike; half an EAN-13 can read as UPC-E. Only the paper around it tells.
    """
    for group in list(scene.tally.groups):
        if group.symbology not in ("ITF", "UPC-E", "EAN-8") or id(group) in scene.checked_ends:
            continue
        scene.checked_ends[id(group)] = group
        seen, _ = _place_of(scene, group)
        # A scan line may leave slanting bars through their top: measure across the bars, not along the line.
        angle = locate.bar_direction(scene.gray, seen.cx, seen.cy, 0.25 * seen.length)
        length = seen.length * abs(float(np.cos(angle - seen.angle)))
        region = Region(seen.cx, seen.cy, angle, length, max(4.0, 0.05 * length), 1.0)
        patch = locate.rectified(scene.gray, region, target=600.0, margin=0.3)
        if locate.goes_on(patch.pixels, length * patch.scale):
            scene.tally.drop(group)


def confirm_all(scene: Scene) -> None:
    """Seek a second, independent read for every linear symbol that has only one."""
    for group in scene.tally.undecided():
        if id(group) in scene.confirmed or scene.spent():
            continue
        scene.confirmed[id(group)] = group
        _confirm(scene, group)


def insisted(scene: Scene) -> Iterator[str]:
    """Other sizes for linear symbols that were seen once: a second scale is a second opinion."""
    for group in scene.tally.undecided()[:3]:
        region, names = _place_of(scene, group)
        for target in (430.0, 1000.0):
            patch = locate.rectified(_side(scene, group), region, target=target, margin=0.18, most=5.0)
            sharp = locate.sharpened(patch.pixels, patch.pixels.shape[1] / 340.0, 2.0)
            scene.tally.add(read_zxing(sharp, patch.to_picture, "scale", names, thorough=False))
            if not firm(group):
                scene.tally.add(read_zbar(sharp, patch.to_picture, "scale", names))
            yield "scale"
            if firm(group):
                break


def _side(scene: Scene, group: Group) -> Gray:
    return scene.negative() if group.reads[0].stage == NEGATIVE else scene.gray


def _place_of(scene: Scene, group: Group) -> tuple[Region, frozenset[str]]:
    """Where a seen linear symbol lies, and the symbologies that may answer there."""
    read = group.extent
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = read.corners
    angle = float(np.arctan2(y1 + y2 - y0 - y3, x1 + x2 - x0 - x3))
    length = max(read.length, 8.0)
    height = _height(group)
    cx, cy = read.centre
    region = Region(cx, cy, angle, length, float(np.clip(height, 0.06 * length, 0.3 * length)), 1.0)
    names = frozenset({"EAN-13", "UPC-A"} if group.symbology == "EAN-13" else {group.symbology})
    return region, names & scene.formats or frozenset({read.symbology})


def _height(group: Group) -> float:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = group.extent.corners
    return float(np.hypot(x3 + x2 - x0 - x1, y3 + y2 - y0 - y1) / 2)


def _confirm(scene: Scene, group: Group) -> None:
    region, names = _place_of(scene, group)
    source = _side(scene, group)
    if group.symbology.startswith("DataBar"):
        # Rows of a stacked symbol are read together or not at all.
        tall = Region(region.cx, region.cy, region.angle, region.length, _height(group) * 1.1, 1.0)
        patch = locate.rectified(source, tall, target=600.0, margin=0.15)
        scene.tally.add(read_zbar(patch.pixels, patch.to_picture, "region", names))
        if not firm(group):
            scene.tally.add(read_zxing(patch.pixels, patch.to_picture, "region", names, thorough=False))
        return
    # A thin strip through the middle answers for most symbols at a fifth of the cost of the whole height.
    thin = Region(region.cx, region.cy, region.angle, region.length, 0.045 * region.length, 1.0)
    strip = locate.rectified(source, thin, target=560.0, margin=0.15)
    if group.symbology != "ITF" or len(group.key[1]) >= 14:
        scene.tally.add(read_zbar(strip.pixels, strip.to_picture, "region", names))
    if not firm(group):
        scene.tally.add(read_zxing(strip.pixels, strip.to_picture, "region", names, thorough=False))
    if firm(group):
        return
    patch = locate.rectified(source, region, target=600.0, margin=0.15)
    sharp = locate.sharpened(patch.pixels, 2.5, 2.0)
    scene.tally.add(read_zbar(patch.pixels, patch.to_picture, "region", names))
    if not firm(group):
        scene.tally.add(
            read_zxing(patch.pixels, patch.to_picture, "region", names, thorough=False)
            or read_zxing(sharp, patch.to_picture, "region", names, thorough=False)
        )
    if not firm(group):
        scene.tally.add(read_zbar(sharp, patch.to_picture, "region", names))


def read_bars(scene: Scene, regions: list[Region], *, thorough: bool = True) -> Iterator[str]:
    """Read bar areas: thin strips of every band first, then averaged lines, then (``thorough``) the whole area."""
    if not scene.linear:
        return
    names = scene.formats & (LINEAR | DATABAR)
    tall = scene.formats & {"PDF417", "DataBar", "DataBarExpanded"}
    waiting: list[tuple[Patch, list[tuple[int, int]]]] = []
    for region in regions:
        if scene.tally.covered(region.cx, region.cy):
            continue
        patch = locate.rectified(scene.gray, region)
        spans = locate.bands(patch.pixels)[:6]
        left = [span for span in spans if not _strips(scene, patch, span, names)]
        yield "region"
        if left and thorough and tall:
            # Rows of these belong together: no single strip holds one of them whole.
            scene.tally.add(read_zxing(patch.pixels, patch.to_picture, "region", tall, thorough=False))
            confirm_all(scene)
            yield "region"
        if left:
            waiting.append((patch, left))
    for patch, spans in waiting:
        for span in spans:
            _lines(scene, patch, span, names)
            yield "line"
    for patch, _ in waiting if thorough else []:
        middle = patch.to_picture @ np.array([patch.pixels.shape[1] / 2, patch.pixels.shape[0] / 2, 1.0])
        if not scene.tally.covered(float(middle[0]), float(middle[1])):
            _whole(scene, patch, names | tall)
            yield "whole"


def _strips(scene: Scene, patch: Patch, span: tuple[int, int], names: frozenset[str]) -> bool:
    """Read thin strips at the middle and the quarters of a band; True when something firm was read."""
    top, bottom = span
    spread = patch.pixels.shape[1] / 310.0
    half = min(20, max(2, (bottom - top) // 2))
    for place in (0.5, 0.25, 0.75) if bottom - top >= 60 else (0.5,):
        start = max(0, int(top + place * (bottom - top)) - half)
        rows = patch.pixels[start : start + 2 * half]
        back = _lowered(patch, start)
        sharp = locate.sharpened(rows, spread, 2.0)
        found = scene.tally.add(read_zxing(sharp, back, "region", names, thorough=False))
        found += scene.tally.add(read_zbar(rows, back, "region", names))
        if found and not any(firm(group) for group in found):
            sharper = locate.sharpened(rows, 1.7 * spread, 2.0)
            found += scene.tally.add(read_zbar(sharper, back, "region", names))
        if any(firm(group) for group in found):
            return True
        free = None if found else locate.edged(rows)
        if free is not None:
            moved = back.copy()
            moved[:, 2] -= back[:, 0] * (free.shape[1] - rows.shape[1]) / 2
            found = scene.tally.add(read_zxing(free, moved, "region", names, thorough=False))
            found += scene.tally.add(read_zbar(free, moved, "region", names))
            if any(firm(group) for group in found):
                return True
    return False


def _lowered(patch: Patch, start: int) -> Affine:
    shifted = patch.to_picture.copy()
    shifted[:, 2] += patch.to_picture[:, 1] * start
    return shifted


def _whole(scene: Scene, patch: Patch, names: frozenset[str]) -> None:
    pixels, back = patch.pixels, patch.to_picture
    spread = pixels.shape[1] / 310.0
    sharp = locate.sharpened(pixels, spread, 2.0)
    found = scene.tally.add(read_zxing(sharp, back, "region", names, thorough=False))
    found += scene.tally.add(read_zbar(pixels, back, "region", names))
    if any(firm(group) for group in found):
        return
    sharper = locate.sharpened(pixels, 1.7 * spread, 2.0)
    found += scene.tally.add(read_zxing(sharper, back, "region", names, thorough=False))
    if any(firm(group) for group in found):
        return
    scene.tally.add(read_zbar(sharper, back, "region", names))


def _lines(scene: Scene, patch: Patch, span: tuple[int, int], names: frozenset[str]) -> None:
    top, bottom = span
    inset = (bottom - top) // 10
    top, bottom = top + inset, bottom - inset
    third = (bottom - top) / 3
    for part in range(3):
        start = top + round(part * third)
        band = patch.pixels[start : max(start + 2, top + round((part + 1) * third))]
        if len(band) < 2:
            continue
        back = _lowered(patch, start)
        line = locate.averaged(band)
        sharp = locate.sharpened(line, 4.0, 3.0)
        found = scene.tally.add(read_zxing(sharp, back, "line", names, thorough=False))
        found += scene.tally.add(read_zbar(sharp, back, "line", names))
        if not found:
            found += scene.tally.add(read_zbar(line, back, "line", names))
        if any(firm(group) for group in found):
            return


def matched(scene: Scene, regions: list[Region]) -> Iterator[str]:
    """Last attempt on the strongest unread bar areas: compare with blurred pictures of every character."""
    kinds = []
    if scene.formats & {"EAN-13", "UPC-A"}:
        kinds.append("EAN-13")
    if "GS1-128" in scene.formats:
        kinds.append("GS1-128")
    if scene.formats & {"QR", "DataMatrix"} and "PDF417" not in scene.formats:
        # On a dock it is the pallet's number that matters.
        kinds.reverse()
    for rank, region in enumerate(regions[:2]):
        if scene.tally.covered(region.cx, region.cy):
            continue
        patch = None
        for kind in kinds:
            if region.length < max(0.85 * template.MODULES[kind], 1.1 * region.height):
                continue
            if patch is None:
                patch = locate.rectified(scene.gray, region)
                top, bottom = max(locate.bands(patch.pixels), key=lambda span: span[1] - span[0])
            found = False
            # A thin line through the middle bends least; a thick one is the less noisy second attempt.
            for share in (3, 8) if rank == 0 and kind == kinds[0] else (4,):
                inset = (bottom - top) // share
                band = patch.pixels[top + inset : bottom - inset]
                if len(band) >= 2 and not found:
                    found = _match_line(scene, patch, band, top + inset, kind)
                    yield "template"
            if found:
                break


def _match_line(scene: Scene, patch: Patch, band: Gray, start: int, kind: str) -> bool:
    """Compare one averaged line; True when there is no use in another line of the same bars."""
    line = locate.averaged(band, 1)[0].astype(np.float32)
    if texture.self_likeness(line) >= texture.GRATING:
        return True
    found = template.match(line, kind)
    if found is None or found.margin < template.VOTE or found.cost > template.MOST_COST:
        return False
    bottom = start + len(band)
    place = [(found.start, start), (found.end, start), (found.end, bottom), (found.start, bottom)]
    stage = "template" if found.margin >= template.ALONE else "template?"
    aim = "]C1" if kind == "GS1-128" else "]E0"
    corners = on_picture(place, patch.to_picture)
    scene.tally.add([Read(kind, found.text, found.text.encode(), aim, corners, "template", stage)])
    return found.margin >= template.ALONE


def coded_bars(scene: Scene, work: int, limit: int) -> list[Region]:
    """The bars among the unread dense areas that have the rhythm of a code, most parallel first."""
    found = [
        one.bars
        for one in sorted(scene.unread(work), key=lambda one: -one.coherence * one.box.area)
        if one.bars is not None and one.coherence >= 0.3
    ]
    return [bars for bars in found[: 2 * limit] if texture.coded(scene.gray, bars)][:limit]
