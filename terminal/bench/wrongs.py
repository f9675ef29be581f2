"""How often a wrong number comes out of very many bad frames: ``python -m terminal.bench.wrongs``.

A wrong SSCC moves the wrong pallet, so this run is long where the others are short: by default 10,000 frames,
most of them near or beyond what can be read. Each made scene is taken four times with another blur, light,
grain and compression. Every text is held against the label that stands in the frame; frames without a
label are among them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from devices import vision
from terminal.bench import pictures
from terminal.bench.pictures import Gray, Made, Random

#: Takes of one scene; every thirtieth scene is a dock without a label.
TAKES, EMPTY_EVERY = 4, 30


@dataclass(slots=True)
class Counts:
    """What came of the frames. ``wrong`` counts frames with an SSCC that does not stand in them, ``firm_wrong``
    those where it was confident, ``strange`` any other text that does not stand there."""

    frames: int = 0
    labels: int = 0
    read: int = 0
    confident: int = 0
    nothing: int = 0
    wrong: int = 0
    firm_wrong: int = 0
    strange: int = 0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """The counts in one line."""
        mean = 1000 * self.seconds / max(self.frames, 1)
        return (
            f"{self.frames} frames, {self.labels} with a label: SSCC read in {self.read} (confident in "
            f"{self.confident}), nothing in {self.nothing}, wrong SSCC in {self.wrong} (confident in "
            f"{self.firm_wrong}), other strange texts in {self.strange}; {mean:.1f} ms a frame"
        )


def frames(count: int, seed: int) -> Iterator[Made]:
    """``count`` frames with their SSCCs; the same ``seed`` gives the same frames."""
    made = 0
    scene = 0
    while made < count:
        random = np.random.default_rng([seed, scene, 41])
        if scene % EMPTY_EVERY == EMPTY_EVERY - 1:
            base = pictures.empty_frame(seed * 100_000 + scene)
        else:
            axis = pictures.AXES[scene % len(pictures.AXES)]
            base = pictures.frame(axis, 1 + scene // len(pictures.AXES) % 5, seed * 100_000 + scene)
        for take in range(min(TAKES, count - made)):
            pixels = base.pixels if take == 0 else _taken(base.pixels, random)
            yield Made(pixels, base.texts, base.kind)
            made += 1
        scene += 1


def sequence(severity: int, seed: int, takes: int = 6) -> list[Made]:
    """``takes`` frames of one label as a pallet goes by: another place and other harms in each (axis ``mix``)."""
    number = pictures.sscc(np.random.default_rng([seed, severity, 43]))
    return [pictures.frame("mix", severity, seed * 100 + take, number) for take in range(takes)]


def _taken(pixels: Gray, random: Random) -> Gray:
    soft = cv2.GaussianBlur(pixels, (0, 0), random.uniform(0.3, 1.6)).astype(np.float32)
    grain = random.integers(0, 256, (270, 480), dtype=np.uint8).astype(np.float32)
    whole = np.tile(grain - 127.5, (4, 4)) * np.float32(random.uniform(0.0, 0.12))
    lit = soft * np.float32(random.uniform(0.4, 1.1)) + whole
    return pictures.jpeg(np.clip(lit, 0, 255).astype(np.uint8), int(random.integers(10, 90)))


def run(count: int, seed: int = 1, deep_every: int = 10) -> Counts:
    """Read ``count`` frames as the camera does, every ``deep_every``-th as a still."""
    counts = Counts()
    vision.warm_up()
    for number, made in enumerate(frames(count, seed)):
        deep = number % deep_every == deep_every - 1
        begun = time.process_time()
        codes = vision.read_image(made.pixels, deep=deep, effort_ms=170 if deep else 100)
        counts.seconds += time.process_time() - begun
        _count(counts, made, codes)
    return counts


def _count(counts: Counts, made: Made, codes: list[vision.Decoded]) -> None:
    counts.frames += 1
    counts.labels += bool(made.texts)
    counts.nothing += bool(made.texts) and not codes
    found = {vision.sscc_of(code): False for code in codes}
    for code in codes:
        found[vision.sscc_of(code)] |= code.confident
    found.pop(None, None)
    right = {number for number in found if number in made.texts}
    counts.read += bool(right)
    counts.confident += any(found[number] for number in right)
    wrong = {number for number in found if number not in made.texts}
    counts.wrong += bool(wrong)
    counts.firm_wrong += any(found[number] for number in wrong)
    strange = [code for code in codes if vision.sscc_of(code) is None and not _content(code, made)]
    counts.strange += bool(strange)
    for code in codes:
        if vision.sscc_of(code) in wrong or code in strange:
            counts.examples.append(f"{made.kind} {made.texts}: {code.symbology} {code.text!r} {code.stage}")


def _content(code: vision.Decoded, made: Made) -> bool:
    """True for the label's other code: content, count and lot, whose digits follow from the SSCC."""
    parts = vision.elements_of(code)
    if not made.texts or parts is None:
        return False
    return set(parts) == {"02", "37", "10"} and (parts["37"], parts["10"]) == (
        "24",
        f"LOT{made.texts[0][8:13]}",
    )


def main(argv: list[str] | None = None) -> int:
    """Run and print; 1 when a wrong SSCC came out."""
    parser = argparse.ArgumentParser(prog="python -m terminal.bench.wrongs", description=__doc__)
    parser.add_argument("--frames", type=int, default=10_000, help="how many frames are read (10000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other frames (1)")
    args = parser.parse_args(argv)
    counts = run(args.frames, args.seed)
    print(counts.sentence())
    for line in counts.examples[:50]:
        print(line)
    return 1 if counts.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
