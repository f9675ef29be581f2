"""Text files: encoding and delimiter, decided by trial and never by a guess at the name.

Every encoding that is common here is tried; the one that shows the most known column heads and the fewest
impossible characters wins.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Literal

from terminal.importing.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS
from terminal.importing.saying import said
from terminal.importing.sheets import Cell, Sheet, Trouble, Unusable
from terminal.importing.vocabulary import heading

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_SINGLE_BYTE = ("cp1251", "cp866", "koi8-r", "cp1256", "cp1252")
_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_LINES = 80

#: Text in one encoding read in another: UTF-8 as Windows-1252 or -1251, and lost letters.
_MOJIBAKE = re.compile(
    r"\ufffd|[ÐÑ][\u0080-\u00bf°±²³´µ¶·¸¹º»¼½¾¿‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|Ã[\u0080-\u00bf©«¡¼]|â€|Â\u00a0"
    r"|(?:[РС][\u00a0-\u00bf\u0402-\u040f\u0452-\u045f‚„…†‡€‰‹‘’“”•–—™›°±µ¶·№»]){2}|\?{4,}|п»ї|я╗┐"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text file: its text, encoding, and whether letters were lost."""

    text: str
    encoding: str
    broken: bool = False


def is_mojibake(text: str) -> bool:
    """True when a text shows the marks of a wrong encoding (check DAT-06)."""
    return (not text.isascii() and _MOJIBAKE.search(text) is not None) or "????" in text


def decode(data: bytes) -> Decoded:
    """Text of a file's bytes. ``broken`` when no encoding gives it without loss.

    Raises :class:`Unusable` for bytes that are no text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = data[len(bom) :].decode(encoding, errors="replace")
            return Decoded(text.lstrip("\ufeff"), encoding, "\ufffd" in text)
    wide = _wide(data)
    if wide is not None:
        text = data.decode(wide, errors="replace")
        return Decoded(text, wide, "\ufffd" in text)
    if b"\x00" in data[:4096]:
        raise Unusable(said("file_binary"))
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    head = data[: 64 * 1024]
    scored = [(_score(head.decode(encoding, errors="replace")), -place, encoding)
              for place, encoding in enumerate(("utf-8", *_SINGLE_BYTE))]  # fmt: skip
    encoding = max(scored)[2]
    text = data.decode(encoding, errors="replace")
    return Decoded(text, encoding, "\ufffd" in text)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII text is zero, of Cyrillic text 4."""
    sample = data[:2000]
    if len(sample) < 8 or len(data) % 2:
        return None
    even, odd = sample[::2], sample[1::2]
    for high, low, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        few = sum(byte in (0, 4, 6) for byte in high)
        if few > 0.9 * len(high) and sum(byte in (0, 4, 6) for byte in low) < 0.3 * len(low) and 0 in high:
            return name
    return None


_LIKELY = re.compile(r"[а-яё]{2,}|[А-ЯЁ]{2,}|[А-ЯЁ][а-яё]+|[آ-ی]{2,}")
_UNLIKELY = re.compile(
    r"[\ufffd\u0080-\u009f─-▟]|[а-яё][А-ЯЁ]|[A-Za-z][а-яёА-ЯЁ]|[а-яё][A-Za-z]|[¤§¦¬®©¶‡†]|[\u00c0-\u00ff]{3,}"
)


def _score(text: str) -> tuple[int, int]:
    lines = text.splitlines()[:_SAMPLE_LINES]
    known = max((_known_in(lines, delimiter) for delimiter in _DELIMITERS), default=0)
    sample = "\n".join(lines)
    likely = sum(len(word) for word in _LIKELY.findall(sample))
    return known, likely - 3 * len(_UNLIKELY.findall(sample))


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _known_in(lines: list[str], delimiter: str) -> int:
    best = 0
    for line in lines:
        if delimiter not in line:
            continue
        cells = _cells(line, delimiter)[:MAX_COLUMNS]
        fields = {
            found.field for cell in cells if cell and len(cell) < 80 and (found := heading(cell)) is not None
        }
        best = max(best, len(fields))
    return best


def find_delimiter(text: str) -> str:
    """The delimiter under which the head of the table is best understood; ties go to the steadier width."""
    lines = [line for line in text.splitlines()[:_SAMPLE_LINES] if line.strip()]
    if lines and (declared := re.fullmatch(r"sep=(.)", lines[0].strip(), re.IGNORECASE)):
        return declared[1]

    def steady(delimiter: str) -> int:
        widths = [len(_cells(line, delimiter)) for line in lines]
        common = max(set(widths), key=widths.count, default=1)
        return widths.count(common) if common > 1 else 0

    return max(_DELIMITERS, key=lambda d: (_known_in(lines, d), steady(d)))


def read_delimited(name: str, decoded: Decoded) -> tuple[Sheet, list[Trouble]]:
    """Rows of a CSV text. Broken quoting that swallows rows is read again without quoting."""
    text = decoded.text.replace("\x00", "")
    troubles: list[Trouble] = []
    delimiter = find_delimiter(text)
    if re.match(r"sep=.\s*\n", text, re.IGNORECASE):
        # kept as an empty row, so that row numbers stay those of the file
        text = "\n" + text.split("\n", 1)[1]
    rows, cut = _rows(text, delimiter, csv.QUOTE_MINIMAL)
    if any(
        cell.count("\n") > 15 for row in rows for cell in row if isinstance(cell, str) and len(cell) > 200
    ):
        rows, cut = _rows(text, delimiter, csv.QUOTE_NONE)
        troubles.append(Trouble("DAT-06", said("file_quotation")))
    if decoded.broken:
        troubles.append(
            Trouble(
                "DAT-06",
                said("file_letters"),
                {"encoding": decoded.encoding},
            )
        )
    return Sheet(name, rows, cut=cut), troubles


def _rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> tuple[list[tuple[Cell, ...]], str | None]:
    rows: list[tuple[Cell, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    last = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return rows, None
        except csv.Error as fault:
            if quoting == csv.QUOTE_NONE:
                raise Unusable(said("file_row", row=reader.line_num, fault=fault)) from fault
            return _rows(text, delimiter, csv.QUOTE_NONE)
        # quoted line breaks make one row of several lines; empty rows keep the file's own numbering
        rows.extend(() for _ in range(reader.line_num - last - 1))
        last = reader.line_num
        if len(row) > MAX_COLUMNS:
            row = row[:MAX_COLUMNS]
        rows.append(tuple(cell if len(cell) <= MAX_CELL else cell[:MAX_CELL] for cell in row))
        if len(rows) > MAX_ROWS:
            return rows, f"only the first {MAX_ROWS} rows were read"
