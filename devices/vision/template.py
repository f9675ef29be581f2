"""Last stage: reading blurred bars by what they would look like, not by where their edges are.

Ordinary decoders look for edges and fail when blur is as wide as a module. Here the averaged line of a
located code is compared with blurred pictures of every character a cell may hold; the text is the one
of least difference among those whose check digits are right, and it only counts when the second best
text is clearly worse. Two layouts are known by length: EAN-13 with UPC-A (95 modules) and GS1-128 with
an SSCC (156 modules).

Sources: ISO/IEC 15420 (EAN/UPC character sets and parities), ISO/IEC 15417 (Code 128 patterns).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from devices.vision.model import Floats

#: Samples for each module.
_RATE = 4
_BLURS = (0.35, 0.55, 0.75, 0.95, 1.2)
_QUIET = 4
#: Length of the symbols that are known by length, in modules.
MODULES = {"EAN-13": 95, "GS1-128": 156}
#: Margins measured on made and real pictures: right texts stand at 0.27 and more, wrong ones below 0.08.
#: A text may second another engine's from VOTE on, and stand alone from ALONE on.
VOTE, ALONE = 0.15, 0.3
MOST_COST = 0.15
#: Edge filter: positive where the line brightens.
_STEEP = np.array([1, 2, 2, 0, -2, -2, -1], np.float32)

_L_CODES = [
    "0001101",
    "0011001",
    "0010011",
    "0111101",
    "0100011",
    "0110001",
    "0101111",
    "0111011",
    "0110111",
    "0001011",
]
_R_CODES = [code.translate(str.maketrans("01", "10")) for code in _L_CODES]
_G_CODES = [code[::-1] for code in _R_CODES]
#: Which of the six left digits are G-coded, by the first digit.
_PARITY = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"]

_WIDTHS_128 = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222"
    "123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321"
    "232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121"
    "313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224"
    "111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111"
    "111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113"
    "114311411113411311113141114131311141411131211412211214211232"
)
_CODES_128 = [
    "".join("10"[bar % 2] * int(width) for bar, width in enumerate(_WIDTHS_128[at : at + 6]))
    for at in range(0, len(_WIDTHS_128), 6)
]
_STOP_128 = "1100011101011"


@dataclass(frozen=True, slots=True)
class Match:
    """The best text for a line. ``cost`` is the unexplained share of the line's energy (0 is perfect),
    ``margin`` how much larger the second best text's cost is, as a share of the best one's."""

    symbology: str
    text: str
    cost: float
    margin: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    width: int
    choices: tuple[str, ...]


@lru_cache(maxsize=2)
def _cells(kind: str) -> tuple[tuple[_Cell, ...], int]:
    """Cells of a layout in modules from its first bar, and its length in modules."""
    quiet = "0" * _QUIET
    if kind == "EAN-13":
        left = tuple(_L_CODES + _G_CODES)
        cells = [_Cell(-_QUIET, _QUIET + 3, (quiet + "101",))]
        cells += [_Cell(3 + 7 * place, 7, left) for place in range(6)]
        cells.append(_Cell(45, 5, ("01010",)))
        cells += [_Cell(50 + 7 * place, 7, tuple(_R_CODES)) for place in range(6)]
        cells.append(_Cell(92, 3 + _QUIET, ("101" + quiet,)))
        return tuple(cells), 95
    pairs, every = tuple(_CODES_128[:100]), tuple(_CODES_128[:103])
    head = quiet + _CODES_128[105] + _CODES_128[102] + _CODES_128[0]
    cells = [_Cell(-_QUIET, _QUIET + 33, (head,))]
    cells += [_Cell(33 + 11 * place, 11, pairs) for place in range(9)]
    cells.append(_Cell(132, 11, every))
    cells.append(_Cell(143, 13 + _QUIET, (_STOP_128 + quiet,)))
    return tuple(cells), 156


@lru_cache(maxsize=512)
def _templates(kind: str, place: int, blur: float) -> Floats:
    """Blurred, centred, unit-length samples of every choice of a cell, (choices, samples).

    Modules beyond the neighbouring one are unknown and count as half dark; the neighbouring module is
    known because every character begins and ends with a fixed colour.
    """
    cell = _cells(kind)[0][place]
    reach = 6
    out = np.empty((len(cell.choices), cell.width * _RATE), np.float32)
    offsets = (np.arange(-reach * _RATE, reach * _RATE + 1)) / _RATE
    kernel = np.exp(-(offsets**2) / (2 * blur * blur))
    kernel /= kernel.sum()
    first, last = cell.start <= 0, cell.start + cell.width >= _cells(kind)[1]
    for index, choice in enumerate(cell.choices):
        modules = [int(sign) for sign in choice]
        before = [0.0] * reach if first else [0.5] * (reach - 1) + [1.0 - modules[0]]
        after = [0.0] * reach if last else [1.0 - modules[-1]] + [0.5] * (reach - 1)
        row = np.repeat(np.array([*before, *modules, *after], np.float64), _RATE)
        soft = np.convolve(row, kernel, mode="same")[reach * _RATE : -reach * _RATE]
        soft -= soft.mean()
        out[index] = soft / max(float(np.linalg.norm(soft)), 1e-9)
    return out


def match(line: Floats, kind: str) -> Match | None:
    """The best text of ``kind`` in a line of brightness (one sample a pixel), or None when nothing fits.

    Every pair of an edge behind bright paper on the left and one before bright paper on the right is a
    possible code; both reading directions are tried.
    """
    modules = _cells(kind)[1]
    dark = np.ascontiguousarray(-line, np.float32)
    size = len(dark)
    if size < modules:
        return None
    poses = _candidates(line, modules)
    if not len(poses):
        return None
    mirrored = np.ascontiguousarray(dark[::-1])
    turned = np.stack([size - 1 - poses[:, 1], size - 1 - poses[:, 0], -poses[:, 2]], axis=1)
    upright = _sampled(dark, kind, poses)
    energy = max(float(_energies(upright).max()), 1e-6)
    ways = []
    for flipped, source, tried, samples in (
        (False, dark, poses, upright),
        (True, mirrored, turned, np.ascontiguousarray(upright[:, ::-1])),
    ):
        scene = _Line(source, kind, energy)
        look = _sample_costs if kind == "EAN-13" else _frame_costs
        costs = np.minimum(look(scene, samples, 0.45), look(scene, samples, 0.95))
        ways += [(float(costs[index]), flipped, scene, tried[index]) for index in np.argsort(costs)[:2]]
    ways.sort(key=lambda way: way[0])
    finest: tuple[float, bool, _Line, tuple[float, float, float], float] | None = None
    for coarse, flipped, scene, pose in ways[:3]:
        if coarse > 0.55:
            break
        refined, blur = _refined(scene, pose, float(pose[1] - pose[0]) / modules)
        cost = float(_pose_costs(scene, np.array([refined]), blur)[0])
        if finest is None or cost < finest[0]:
            finest = (cost, flipped, scene, refined, blur)
    if finest is None or finest[0] > 0.45:
        return None
    _, flipped, scene, refined, blur = finest
    found = _solve(scene, refined, blur)
    if found is not None and flipped:
        found = replace(found, start=size - 1 - found.end, end=size - 1 - found.start)
    return found


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of darkness with the layout looked for, and the energy that a fully covered code has."""

    dark: Floats
    kind: str
    energy: float


def _energies(samples: Floats) -> Floats:
    energies: Floats = samples.var(axis=1) * samples.shape[1]
    return energies


def _candidates(line: Floats, modules: int) -> Floats:
    """Poses (start, end, bend) worth a look: (poses, 3)."""
    steep = np.convolve(line, _STEEP, mode="same")
    reach = len(_STEEP)
    steep[:reach] = steep[-reach:] = 0.0
    strong = 0.2 * float(np.percentile(np.abs(steep), 92))
    inner = np.abs(steep[1:-1])
    peaks = 1 + np.flatnonzero((inner >= np.abs(steep[:-2])) & (inner > np.abs(steep[2:])) & (inner > strong))
    if len(peaks) < 20:
        return np.zeros((0, 3))
    falling, rising = peaks[steep[peaks] < 0], peaks[steep[peaks] > 0]
    gaps = np.diff(peaks)
    usual = float(np.percentile(gaps, 90))
    starts = _beside_paper(falling, peaks, usual, ahead=True)
    ends = _beside_paper(rising, peaks, usual, ahead=False)
    pairs = [
        (float(start), float(end))
        for start in starts
        for end in ends
        if end - start >= 0.9 * modules and end - start >= 0.35 * (peaks[-1] - peaks[0])
    ]
    poses = [
        (start + a * module, end + b * module, bend * module)
        for start, end in pairs[:20]
        for module in ((end - start) / modules,)
        for a in (-0.8, 0.0, 0.8)
        for b in (-0.8, 0.0, 0.8)
        for bend in (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
    ]
    return np.array(poses).reshape(-1, 3)


def _beside_paper(chosen: Floats, peaks: Floats, usual: float, *, ahead: bool) -> list[float]:
    """Up to five edges with a gap of paper on their outer side, outermost first."""
    found = []
    for edge in chosen if ahead else chosen[::-1]:
        index = int(np.searchsorted(peaks, edge))
        outer = index - 1 if ahead else index + 1
        alone = outer < 0 or outer >= len(peaks)
        if alone or abs(float(peaks[outer]) - float(edge)) >= 0.8 * usual:
            found.append(float(edge))
        if len(found) == 5:
            break
    return found


def _refined(scene: _Line, pose: Floats, module: float) -> tuple[tuple[float, float, float], float]:
    """Search start, end, bend and blur around a pose for the least cost."""
    current = np.array(pose, np.float64)
    blur = 0.75
    for step, trials in ((0.5, (0.75,)), (0.5, _BLURS), (0.25, ()), (0.25, _BLURS), (0.12, ())):
        offsets = [(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)]
        moves = current[None, :] + np.array(offsets) * (step * module)
        costs = _pose_costs(scene, moves, blur)
        current = moves[int(costs.argmin())]
        if trials:
            single = current[None, :]
            blur = min(trials, key=lambda trial: float(_pose_costs(scene, single, trial)[0]))
    return (float(current[0]), float(current[1]), float(current[2])), blur


def _sampled(dark: Floats, kind: str, poses: Floats) -> Floats:
    """The line resampled for every pose (start, end, bend): (poses, samples), quiet zones included."""
    modules = _cells(kind)[1]
    total = (modules + 2 * _QUIET) * _RATE
    place = (np.arange(total) + 0.5) / _RATE - _QUIET
    share = place / modules
    bend = 4.0 * share * (1.0 - share)
    x = (
        poses[:, 0:1]
        + share[None, :] * (poses[:, 1:2] - poses[:, 0:1])
        + poses[:, 2:3] * np.clip(bend, 0, 1)[None, :]
    )
    at = np.clip(x, 0, len(dark) - 1).astype(np.float32)
    shaped: Floats = cv2.remap(dark.reshape(1, -1), at, np.zeros_like(at), cv2.INTER_LINEAR)
    return shaped


@lru_cache(maxsize=2)
def _runs(kind: str) -> tuple[tuple[int, int], ...]:
    """Neighbouring cells of equal choices, as (first cell, number of cells): compared in one product."""
    cells = _cells(kind)[0]
    runs: list[tuple[int, int]] = []
    for place, cell in enumerate(cells):
        if runs and len(cell.choices) > 1 and cells[runs[-1][0]].choices == cell.choices:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return tuple(runs)


def _run_costs(samples: Floats, kind: str, run: tuple[int, int], blur: float) -> tuple[Floats, Floats]:
    """Unexplained energy of a run's cells for every choice, (poses, cells, choices), and their energy."""
    place, count = run
    cell = _cells(kind)[0][place]
    begin, width = (cell.start + _QUIET) * _RATE, cell.width * _RATE
    windows = np.ascontiguousarray(samples[:, begin : begin + count * width]).reshape(-1, width)
    squares = cv2.reduce(windows * windows, 1, cv2.REDUCE_SUM)
    sums = cv2.reduce(windows, 1, cv2.REDUCE_SUM)
    energy = squares - sums * sums / width
    # Templates have no mean, so the windows may keep theirs. OpenCV's product stays on this thread; the one
    # of numpy wakes a pool for matrices of this size.
    templates = _templates(kind, place, blur)
    product = cv2.gemm(windows, templates, 1.0, None, 0.0, flags=cv2.GEMM_2_T)  # type: ignore[call-overload]
    fit = np.maximum(product, 0.0)
    left = energy - fit * fit
    return left.reshape(len(samples), count, -1), energy.reshape(len(samples), count)


def _pose_costs(scene: _Line, poses: Floats, blur: float) -> Floats:
    """Share of the code's energy that no choice of characters explains, for every pose."""
    return _sample_costs(scene, _sampled(scene.dark, scene.kind, poses), blur)


def _sample_costs(scene: _Line, samples: Floats, blur: float) -> Floats:
    whole = _energies(samples)
    explained = np.zeros(len(samples), np.float64)
    least = np.full(len(samples), np.inf)
    for run in _runs(scene.kind):
        left, energy = _run_costs(samples, scene.kind, run, blur)
        explained += (energy - left.min(axis=2)).sum(axis=1)
        cell = _cells(scene.kind)[0][run[0]]
        if len(cell.choices) > 1:
            least = np.minimum(least, energy.min(axis=1) / cell.width)
    total = samples.shape[1] / _RATE
    # Bars are everywhere in a code: a pose with an empty cell has slid off, however well it fits.
    empty = least < 0.05 * whole / total
    shares: Floats = (
        1.0
        - explained / np.maximum(whole, 1e-6)
        + 0.5 * empty
        + 0.35 * np.maximum(0.0, 1.0 - whole / scene.energy)
    )
    return shares


def _frame_costs(scene: _Line, samples: Floats, blur: float) -> Floats:
    """As :func:`_sample_costs`, from the cells alone whose content is known: cheap, and enough to aim with
    where they are a third of the symbol (an SSCC's start, FNC1, ``00`` and stop)."""
    unexplained = np.zeros(len(samples), np.float64)
    energy = np.zeros(len(samples), np.float64)
    for run in _runs(scene.kind):
        if len(_cells(scene.kind)[0][run[0]].choices) == 1:
            left, whole = _run_costs(samples, scene.kind, run, blur)
            unexplained += left[:, 0, 0]
            energy += whole[:, 0]
    away = np.maximum(0.0, 1.0 - _energies(samples) / scene.energy)
    shares: Floats = unexplained / np.maximum(energy, 1e-6) + 0.35 * away
    return shares


def _solve(scene: _Line, pose: tuple[float, float, float], blur: float) -> Match | None:
    samples = _sampled(scene.dark, scene.kind, np.array([pose]))
    tables = []
    fixed = energy = 0.0
    for run in _runs(scene.kind):
        left, whole = _run_costs(samples, scene.kind, run, blur)
        energy += float(whole[0].sum())
        if left.shape[2] == 1:
            fixed += float(left[0, 0, 0])
        else:
            tables += list(left[0].astype(np.float64))
    if energy < 0.2 * scene.energy:
        return None
    ranked = _best_ean(tables) if scene.kind == "EAN-13" else _best_sscc(tables)
    if len(ranked) < 2:
        return None
    (first, text), (second, _) = ranked[0], ranked[1]
    cost = (first + fixed) / energy
    margin = (second - first) / max(first + fixed, 1e-9)
    return Match("EAN-13" if scene.kind == "EAN-13" else "GS1-128", text, cost, margin, pose[0], pose[1])


def _two_best(options: Floats) -> tuple[Floats, Floats]:
    """The two least costs along the first axis, and where they stand there."""
    order = np.argsort(options, axis=0)[:2]
    return np.take_along_axis(options, order, axis=0), order


def _best_ean(tables: list[Floats]) -> list[tuple[float, str]]:
    """The two cheapest 13-digit texts with a right check digit.

    Costs are kept for every first digit (it sets the parities of the left half) and every residue of the
    check sum, two deep: (rank, first digit, residue).
    """
    costs = np.full((2, 10, 10), np.inf)
    costs[0, np.arange(10), np.arange(10)] = 0.0
    behind = []
    for place, table in enumerate(tables):
        weight = 3 if place % 2 == 0 else 1
        columns = np.repeat(table[None, :10], 10, axis=0)
        if place < 6:
            coded = np.array([_PARITY[first][place] == "G" for first in range(10)])
            columns[coded] = table[10:]
        options = np.stack(
            [
                np.roll(costs, weight * digit % 10, axis=2) + columns[None, :, digit, None]
                for digit in range(10)
            ]
        )
        costs, order = _two_best(options.reshape(20, 10, 10))
        behind.append(order)
    found = []
    for flat in np.argsort(costs[:, :, 0], axis=None)[:2]:
        rank, first = divmod(int(flat), 10)
        total, residue, digits = float(costs[rank, first, 0]), 0, ""
        for place in range(11, -1, -1):
            digit, rank = divmod(int(behind[place][rank, first, residue]), 2)
            digits = str(digit) + digits
            residue = (residue - (3 if place % 2 == 0 else 1) * digit) % 10
        found.append((total, str(first) + digits))
    return [one for one in found if np.isfinite(one[0])]


def _best_sscc(tables: list[Floats]) -> list[tuple[float, str]]:
    """The two cheapest SSCCs (as ``00`` + 18 digits) with right mod 10 and mod 103.

    Costs are kept for every residue of both sums, two deep: (rank, mod 103, mod 10). A place offers its
    six likeliest pairs of digits.
    """
    costs = np.full((2, 103, 10), np.inf)
    costs[0, (105 + 102) % 103, 0] = 0.0
    behind = []
    for place, table in enumerate(tables[:9]):
        cheap = [int(value) for value in np.argsort(table)[:6]]
        shifts = [((place + 3) * value % 103, (3 * (value // 10) + value % 10) % 10) for value in cheap]
        options = np.stack(
            [
                np.roll(costs, shift, axis=(1, 2)) + table[value]
                for value, shift in zip(cheap, shifts, strict=True)
            ]
        )
        costs, order = _two_best(options.reshape(12, 103, 10))
        behind.append((cheap, shifts, order))
    ends = costs[:, :, 0] + tables[9][None, :]
    found = []
    for flat in np.argsort(ends, axis=None)[:2]:
        rank, heavy = divmod(int(flat), 103)
        total, light, text = float(ends[rank, heavy]), 0, ""
        for cheap, shifts, order in reversed(behind):
            choice, rank = divmod(int(order[rank, heavy, light]), 2)
            text = f"{cheap[choice]:02d}{text}"
            heavy, light = (heavy - shifts[choice][0]) % 103, (light - shifts[choice][1]) % 10
        found.append((total, "00" + text))
    return [one for one in found if np.isfinite(one[0])]
