"""What a label printer puts on paper: ZPL II formats drawn dot by dot, symbols encoded here from their field data.

Source: ZPL II programming guide. Understood: ``^PW ^LL ^LH ^FO ^BY ^BC ^BX ^GB ^GFA ^A ^CF ^FD ^FS ^PQ``; a printer
passes over what it does not know, and so does this. Code 128 and Data Matrix (ECC 200, squares up to 26) are encoded
after ISO/IEC 15417 and 16022, not by the library that the terminal draws its labels with: a label that only our own
software can read would not be one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import cv2
import numpy as np
from barcode.charsets import code128
from numpy.typing import NDArray

from simulators.datamatrix import squares

Paper = NDArray[np.uint8]
#: a label of 103 mm x 148 mm at 203 dots an inch, unless the format says otherwise; no printer takes larger ones
WIDTH, LENGTH, MOST = 832, 1218, 4000
_STOP: str = code128.STOP + "11"
#: invocation codes of ^BC: what follows ">" -> (value of the symbol, subset from there on)
_STARTS = {"9": (103, "A"), ":": (104, "B"), ";": (105, "C")}
_SHIFTS = {"7": (101, "A"), "6": (100, "B"), "5": (99, "C")}
_FNC1 = 102
_COMMAND = re.compile(r"\^([A-Z@][A-Z0-9@]?)([^^~]*)")


class NotZpl(ValueError):  # noqa: N818 - it is an answer to whoever sent it
    """A format that no printer would print: it has no beginning, or a field holds what its symbol cannot."""


@dataclass
class _Field:
    """One field as it is described before its ^FS."""

    x: int = 0
    y: int = 0
    kind: str = ""
    given: list[str] = field(default_factory=list)
    data: str = ""


def render(zpl: str) -> Paper:
    """One format as it comes out: dark 0, light 255. Raises :class:`NotZpl`."""
    begin = zpl.find("^XA")
    if begin < 0:
        raise NotZpl("a format begins with ^XA")
    text = (
        zpl[begin + 3 : (zpl.find("^XZ", begin) + 1 or len(zpl) + 1) - 1].replace("\r", "").replace("\n", "")
    )
    commands = [(found[1], found[2]) for found in _COMMAND.finditer(text)]
    width = _one(commands, "PW", WIDTH)
    length = _one(commands, "LL", LENGTH)
    paper: Paper = np.full((length, width), 255, np.uint8)
    module, home, height, one = 2, (0, 0), 30, _Field()
    for name, rest in commands:
        given = [part.strip() for part in rest.split(",")]
        match name:
            case "LH":
                home = (_int(given, 0), _int(given, 1))
            case "FO":
                one = _Field(home[0] + _int(given, 0), home[1] + _int(given, 1))
            case "BY":
                module = _int(given, 0, module)
            case "CF":
                height = _int(given, 1, height)
            case "BC" | "BX" | "GB":
                one.kind, one.given = name, given
            case "GF":
                one.kind, one.given = name, [rest]
            case "FD":
                one.data = rest
            case "FS":
                _draw(paper, one, module, height)
                one = _Field()
            case _ if name.startswith("A"):
                one.kind, one.given = "A", given
    return paper


def png(zpl: str) -> bytes:
    """One format as a PNG. Raises :class:`NotZpl`."""
    made, data = cv2.imencode(".png", render(zpl))
    assert made
    return data.tobytes()


def _draw(paper: Paper, one: _Field, module: int, height: int) -> None:
    match one.kind:
        case "BC":
            row = code_128(one.data)
            bars = np.repeat(np.array([sign == "1" for sign in row]), module)
            _put(paper, one, np.tile(bars, (_int(one.given, 1, 10), 1)))
        case "BX":
            cell = _int(one.given, 1, 4)
            sign = one.given[6] if len(one.given) > 6 and one.given[6] else "~"
            rows = squares(_codewords_of(one.data, sign), _int(one.given, 4))
            _put(paper, one, np.kron(rows, np.ones((cell, cell), np.bool_)))
        case "GB":
            wide, high, thick = (_int(one.given, place, 1) for place in range(3))
            box = np.ones((max(high, thick), max(wide, thick)), np.bool_)
            box[thick:-thick, thick:-thick] = False
            _put(paper, one, box)
        case "GF":
            _put(paper, one, graphic(one.given[0]))
        case _ if one.data:
            tall = _int(one.given, 1, height) if one.kind == "A" else height
            place = (one.x, one.y + tall)
            cv2.putText(paper, one.data, place, cv2.FONT_HERSHEY_SIMPLEX, tall / 30, 0, max(1, tall // 15))


def _put(paper: Paper, one: _Field, dark: NDArray[np.bool_]) -> None:
    """Dots from the upper left corner of the field on; what hangs over the edge of the paper is lost."""
    part = paper[one.y : one.y + dark.shape[0], one.x : one.x + dark.shape[1]]
    part[dark[: part.shape[0], : part.shape[1]]] = 0


def code_128(data: str) -> str:
    """Modules of the symbol that ``^BC`` draws for this field data, ones dark. Raises :class:`NotZpl`."""
    values: list[int] = []
    subset, at = "B", 0
    while at < len(data):
        sign = data[at]
        follows = data[at + 1 : at + 2]
        if sign == ">" and not values and follows in _STARTS:
            value, subset = _STARTS[follows]
            values, at = [value], at + 2
            continue
        if not values:
            values = [104]
        if sign == ">" and follows in _SHIFTS:
            value, subset = _SHIFTS[follows]
            values.append(value)
            at += 2
        elif sign == ">" and follows == "8":
            values.append(_FNC1)
            at += 2
        elif subset == "C":
            pair = data[at : at + 2]
            if not (len(pair) == 2 and pair.isascii() and pair.isdigit()):
                raise NotZpl(f"subset C holds pairs of digits, not {pair!r}")
            values.append(int(pair))
            at += 2
        else:
            values.append(_single(sign, subset))
            at += 1
    if not values:
        raise NotZpl("a Code 128 field without data")
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    patterns = [str(code128.CODES[value]) for value in (*values, check)]
    return "".join(patterns) + _STOP


def _single(sign: str, subset: str) -> int:
    code = ord(sign)
    if subset == "A" and code < 32:
        return code + 64
    if 32 <= code < (96 if subset == "A" else 128):
        return code - 32
    raise NotZpl(f"Code 128 subset {subset} has no {sign!r}")


def _codewords_of(data: str, escape: str) -> list[int]:
    """Field data of ``^BX`` as codewords: digits in pairs, ``escape`` and 1 for FNC1, doubled for itself."""
    words: list[int] = []
    at = 0
    while at < len(data):
        pair = data[at : at + 2]
        if pair == f"{escape}1":
            words.append(232)
            at += 2
        elif pair == escape * 2:
            words.append(ord(escape) + 1)
            at += 2
        elif len(pair) == 2 and pair.isascii() and pair.isdigit():
            words.append(130 + int(pair))
            at += 2
        elif ord(data[at]) < 128:
            words.append(ord(data[at]) + 1)
            at += 1
        else:
            raise NotZpl(f"this Data Matrix field holds {data[at]!r}")
    return words


def graphic(given: str) -> NDArray[np.bool_]:
    """Dark dots of ``^GFA,total,total,bytes-a-row,data`` with Zebra's run lengths. Raises :class:`NotZpl`."""
    form, *rest = given.split(",", 4)
    if form.strip() != "A" or len(rest) != 4 or not rest[2].isdigit() or not int(rest[2]):
        raise NotZpl("only ^GFA,total,total,bytes,data is drawn")
    digits = int(rest[2]) * 2
    rows: list[str] = []
    row, times = "", 0
    for sign in rest[3]:
        if sign in "0123456789ABCDEFabcdef":
            row += sign * (times or 1)
            times = 0
        elif "G" <= sign <= "Y":
            times += ord(sign) - 70
        elif "g" <= sign <= "z":
            times += 20 * (ord(sign) - 102)
        elif sign == ",":
            row = row.ljust(digits, "0")
        elif sign == "!":
            row = row.ljust(digits, "F")
        elif sign == ":" and rows and not row:
            row = rows[-1]
        else:
            raise NotZpl(f"{sign!r} is no part of a graphic field")
        while len(row) >= digits:
            rows.append(row[:digits])
            row = row[digits:]
    packed = np.frombuffer(bytes.fromhex("".join(rows)), np.uint8).reshape(len(rows), digits // 2)
    return np.unpackbits(packed, axis=1).astype(np.bool_)


def _one(commands: list[tuple[str, str]], name: str, otherwise: int) -> int:
    """A size of the label in dots, within what a printer takes."""
    found = next((_int([rest.strip()], 0, otherwise) for known, rest in commands if known == name), otherwise)
    return min(MOST, max(1, found))


def _int(given: list[str], place: int, otherwise: int = 0) -> int:
    """A whole number of a command; what is left out or is none counts as its default."""
    text = given[place] if place < len(given) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else otherwise
