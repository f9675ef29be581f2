"""``karvon label``: SSCC logistics labels as files or for a printer."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.labels import Format, UnitLabel

MOST_COPIES = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "subject", metavar="REF|SSCC", help="an SSCC of 18 digits, or a consignment reference"
    )
    parser.add_argument("--format", choices=("png", "svg", "pdf", "zpl"), default="pdf")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write; without it the label goes to standard output",
    )
    parser.add_argument("--count", type=_count, default=1, metavar="N", help="copies of each label")
    parser.add_argument("--dpi", type=int, choices=(203, 300), default=203, help="the printer's resolution")
    parser.add_argument("--data", default="var", metavar="DIR", help="folder of the terminal's data")
    parser.add_argument("--sender", default="", help="text for an SSCC that is printed without terminal data")
    parser.add_argument("--consignee", default="", help="as --sender")
    parser.add_argument("--consignment", default="", help="as --sender")


def run(args: argparse.Namespace) -> int:
    """Write the labels; 0 when done, 2 for a wrong SSCC or usage, 3 when a reference cannot be looked up."""
    from terminal import labels  # noqa: PLC0415 - drawing libraries are heavy

    try:
        if labels.looks_like_sscc(args.subject):
            units = [
                labels.UnitLabel(
                    labels.checked_sscc(args.subject),
                    sender=args.sender,
                    consignee=args.consignee,
                    consignment=args.consignment,
                )
            ]
        else:
            units = labels.units_of(args.subject, Path(args.data))
        files = _files(units, args.format, args.count, args.dpi)
    except labels.LabelRefused as problem:
        print(problem, file=sys.stderr)
        return 2
    except labels.NoTerminalData as problem:
        print(problem, file=sys.stderr)
        return 3
    return _write(files, args.output, args.format)


def _files(units: list[UnitLabel], form: Format, count: int, dpi: int) -> list[bytes]:
    """The contents of the files to write: one for PDF and ZPL, one a label for PNG and SVG."""
    from terminal import labels  # noqa: PLC0415

    wanted = [unit for unit in units for _ in range(count)]
    if form == "pdf":
        return [labels.render_pdf(wanted)]
    if form == "zpl":
        drawn = [labels.render(unit, "zpl", dpi=dpi) for unit in units]
        return [b"".join(one.replace(b"^PQ1\n", b"^PQ%d\n" % count) for one in drawn)]
    return [labels.render(unit, form, dpi=dpi) for unit in wanted]


def _write(files: list[bytes], output: str | None, form: str) -> int:
    if output is None or output == "-":
        if len(files) > 1:
            print(f"{len(files)} {form.upper()} files need a name: use -o FILE.", file=sys.stderr)
            return 2
        if output is None and form in ("png", "pdf") and sys.stdout.isatty():
            print(f"A {form.upper()} file does not belong on a screen: use -o FILE.", file=sys.stderr)
            return 2
        sys.stdout.buffer.write(files[0])
        sys.stdout.buffer.flush()
        return 0
    target = Path(output)
    names = [target]
    if len(files) > 1:
        digits = len(str(len(files)))
        names = [
            target.with_name(f"{target.stem}-{place:0{digits}d}{target.suffix}")
            for place in range(1, len(files) + 1)
        ]
    try:
        for name, content in zip(names, files, strict=True):
            name.write_bytes(content)
    except OSError as problem:
        reason = problem.strerror or problem
        print(f"The label cannot be written to {target}: {reason}.", file=sys.stderr)
        return 3
    return 0


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 4 or not 1 <= int(text) <= MOST_COPIES:
        raise argparse.ArgumentTypeError(f"copies are a whole number from 1 to {MOST_COPIES}")
    return int(text)
