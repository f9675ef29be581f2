"""Data Matrix ECC 200 squares from their codewords, after ISO/IEC 16022: padding, Reed-Solomon, placement, finder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: side of a square with its finder -> codewords of data and of error correction
SIZES = {10: (3, 5), 12: (5, 7), 14: (8, 10), 16: (12, 12), 18: (18, 14), 20: (22, 18), 22: (30, 20), 24: (36, 24), 26: (44, 28)}  # fmt: skip
_PAD = 129


def _tables() -> tuple[list[int], list[int]]:
    """Powers and logarithms of GF(256) over x^8 + x^5 + x^3 + x^2 + 1."""
    powers, logs = [0] * 255, [0] * 256
    value = 1
    for exponent in range(255):
        powers[exponent], logs[value] = value, exponent
        value <<= 1
        if value > 255:
            value ^= 0x12D
    return powers, logs


_POWERS, _LOGS = _tables()


def _times(a: int, b: int) -> int:
    return 0 if not (a and b) else _POWERS[(_LOGS[a] + _LOGS[b]) % 255]


def correction(words: Sequence[int], count: int) -> list[int]:
    """The ``count`` error correction codewords of these data codewords."""
    generator = [1]
    for exponent in range(1, count + 1):
        root = _POWERS[exponent]
        longer = [*generator, 0]
        for place, value in enumerate(generator):
            longer[place + 1] ^= _times(value, root)
        generator = longer
    rest = [0] * count
    for word in words:
        factor = word ^ rest[0]
        rest = [*rest[1:], 0]
        for place in range(count):
            rest[place] ^= _times(generator[place + 1], factor)
    return rest


def squares(words: Sequence[int], side: int = 0) -> NDArray[np.bool_]:
    """Dark modules of the symbol, quiet zone not included; ``side`` 0 takes the smallest. Raises ``ValueError``."""
    fits = [size for size, (room, _) in SIZES.items() if room >= len(words) and side in (0, size)]
    if not fits:
        raise ValueError(f"{len(words)} codewords have no place in a square of {side or max(SIZES)}")
    side = fits[0]
    room, checks = SIZES[side]
    data = list(words)
    if len(data) < room:
        data.append(_PAD)
    while len(data) < room:  # pads after the first are made to look random (253 states)
        data.append((_PAD + 149 * (len(data) + 1) % 253 + 1) % 254 or 254)
    inner = _placed([*data, *correction(data, checks)], side - 2)
    whole = np.zeros((side, side), np.bool_)
    whole[1:-1, 1:-1] = inner
    whole[:, 0] = whole[-1, :] = True
    whole[0, ::2] = True
    whole[1::2, -1] = True
    whole[0, -1] = False
    return whole


def _placed(words: Sequence[int], side: int) -> NDArray[np.bool_]:
    """Codewords in the mapping matrix, along the diagonals of annex F."""
    bits = np.full((side, side), -1, np.int8)

    def put(row: int, column: int, word: int, bit: int) -> None:
        if row < 0:
            row, column = row + side, column + 4 - (side + 4) % 8
        if column < 0:
            column, row = column + side, row + 4 - (side + 4) % 8
        bits[row, column] = words[word] >> (8 - bit) & 1

    def utah(row: int, column: int, word: int) -> None:
        shape = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
        for bit, (down, right) in enumerate(shape, 1):
            put(row + down, column + right, word, bit)

    last = side - 1
    corners = {
        1: ((last, 0), (last, 1), (last, 2), (0, last - 1), (0, last), (1, last), (2, last), (3, last)),
        2: ((last - 2, 0), (last - 1, 0), (last, 0), (0, last - 3), (0, last - 2), (0, last - 1), (0, last), (1, last)),
        3: ((last - 2, 0), (last - 1, 0), (last, 0), (0, last - 1), (0, last), (1, last), (2, last), (3, last)),
        4: ((last, 0), (last, last), (0, last - 2), (0, last - 1), (0, last), (1, last - 2), (1, last - 1), (1, last)),
    }  # fmt: skip

    def corner(number: int, word: int) -> None:
        for bit, (row, column) in enumerate(corners[number], 1):
            put(row, column, word, bit)

    word, row, column = 0, 4, 0
    while row < side or column < side:
        if row == side and column == 0:
            corner(1, word)
            word += 1
        elif row == side - 2 and column == 0 and side % 4:
            corner(2, word)
            word += 1
        elif row == side - 2 and column == 0 and side % 8 == 4:
            corner(3, word)
            word += 1
        elif row == side + 4 and column == 2 and not side % 8:
            corner(4, word)
            word += 1
        while True:
            if row < side and column >= 0 and bits[row, column] < 0:
                utah(row, column, word)
                word += 1
            row, column = row - 2, column + 2
            if row < 0 or column >= side:
                break
        row, column = row + 1, column + 3
        while True:
            if row >= 0 and column < side and bits[row, column] < 0:
                utah(row, column, word)
                word += 1
            row, column = row + 2, column - 2
            if row >= side or column < 0:
                break
        row, column = row + 3, column + 1
    if bits[last, last] < 0:
        bits[last, last] = bits[last - 1, last - 1] = 1
        bits[last, last - 1] = bits[last - 1, last] = 0
    dark: NDArray[np.bool_] = bits == 1
    return dark
