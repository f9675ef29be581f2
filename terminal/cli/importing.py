"""``karvon import``: read packing lists, request forms and consignment notes, and say row by row what was read."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from terminal.importing import Assembled, ParsedFile, WrongFactsError, figures, gather, read_file
from terminal.importing.limits import MAX_BYTES
from terminal.importing.numbers import plain

DONE, FINDINGS, USAGE, UNREACHABLE = 0, 1, 2, 3
_SHOWN_PROBLEMS = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="CSV, XLSX or JSON; all of one consignment"
    )
    parser.add_argument(
        "--facts", type=Path, metavar="FILE", help="pre-advice facts of the consignment, as JSON"
    )
    parser.add_argument("--dry-run", action="store_true", help="only report; store nothing, need no database")
    parser.add_argument("--json", action="store_true", help="machine-readable report on stdout")
    parser.add_argument(
        "--data",
        type=Path,
        default=None,
        metavar="DIR",
        help="data directory of the terminal (default: KARVON_DATA)",
    )


def run(args: argparse.Namespace) -> int:
    """Read the files, print the report, store unless it is a dry run; returns the exit code."""
    try:
        files = [read_file(path.name, _bytes_of(path)) for path in args.files]
        facts = _facts(args.facts) if args.facts is not None else {}
        assembled = gather(files, facts)
    except (OSError, ValueError) as fault:
        _say(f"karvon import: {_reason(fault)}")
        return USAGE
    if args.json:
        print(json.dumps(_report(files, assembled), ensure_ascii=False, indent=1, default=_plain))
    else:
        _print(files, assembled)
    code = FINDINGS if assembled.findings or any(f.unreadable or f.waiting for f in files) else DONE
    return code if args.dry_run else _store(args, files, assembled, code)


def _reason(fault: OSError | ValueError) -> str:
    if isinstance(fault, OSError):
        return f"{fault.filename}: {fault.strerror}"
    if isinstance(fault, WrongFactsError):
        return f"facts: {fault}"
    return str(fault)


def _bytes_of(path: Path) -> bytes:
    """The bytes of a file; one byte more than the limit is enough to know that it is too large."""
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _facts(path: Path) -> Mapping[str, object]:
    content = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    if not isinstance(content, dict):
        raise WrongFactsError("an object is expected at the top")
    return content


def _store(args: argparse.Namespace, files: Sequence[ParsedFile], assembled: Assembled, code: int) -> int:
    """Hand over to the terminal's own store: ``store_import(directory, files, assembled) -> reference``."""
    place = args.data or (Path(os.environ["KARVON_DATA"]) if os.environ.get("KARVON_DATA") else None)
    if place is None or not place.is_dir():
        where = "none was named" if place is None else f"{place} is not there"
        _say(
            f"karvon import: nothing was stored, there is no data directory ({where}). Use --data or --dry-run."
        )
        return UNREACHABLE
    reference = import_module("terminal.consignments").store_import(place, files, assembled)
    _say(f"stored as {reference}")
    return code


def _say(text: str) -> None:
    print(text, file=sys.stderr)


# --- report --------------------------------------------------------------------------------------------------


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {key: inner for key, inner in asdict(value).items() if inner not in (None, (), {})}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _slim(value: object) -> dict[str, object]:
    content = _plain(value)
    assert isinstance(content, dict)
    return content


def _report(files: Sequence[ParsedFile], assembled: Assembled) -> dict[str, object]:
    papers = assembled.papers
    return {
        "parsed": figures(papers),
        "files": [
            {
                "name": parsed.name,
                "sha256": parsed.sha256,
                "layout": parsed.layout,
                "encoding": parsed.encoding,
                "unreadable": parsed.unreadable,
                "tables": [
                    {
                        "sheet": t.sheet,
                        "rows": len(t.lines),
                        "columns": dict(t.columns),
                        "totals": _slim(t.totals),
                    }
                    for t in parsed.tables
                ],
                "header": {key: value for key, value in _slim(parsed.header).items() if key != "raw"},
                "rows_waiting": parsed.rows_waiting,
                "problems": [_slim(problem) for problem in parsed.problems],
                "more_problems": parsed.more_problems,
            }
            for parsed in files
        ],
        "lines": [{k: v for k, v in _slim(line).items() if k != "raw"} for line in papers.lines],
        "units": [{k: v for k, v in _slim(unit).items() if k != "raw"} for unit in papers.units],
        "findings": [
            {"check": f.check, "severity": f.severity.value, "target": f.target, "facts": dict(f.facts)}
            for f in assembled.findings
        ],
    }


def _print(files: Sequence[ParsedFile], assembled: Assembled) -> None:
    for parsed in files:
        print(f"{parsed.name}: {parsed.layout}{f', {parsed.encoding}' if parsed.encoding else ''}")
        if parsed.unreadable:
            print(f"  not read: {parsed.unreadable}")
        for table in parsed.tables:
            print(f"  {table.sheet}: {len(table.lines)} rows; columns {', '.join(table.columns)}")
        problems = [problem for problem in parsed.problems if problem.sentence != parsed.unreadable]
        for problem in problems[:_SHOWN_PROBLEMS]:
            place = f"row {problem.row}, " if problem.row is not None else ""
            mark = "waits" if problem.waits else "note "
            value = f" {problem.value!r}" if problem.value else ""
            print(f"  {mark}  {place}{problem.column}{value}: {problem.sentence} [{problem.check or '-'}]")
        beyond = len(problems) - _SHOWN_PROBLEMS + parsed.more_problems
        if beyond > 0:
            print(f"  ... and {beyond} more; --json lists them")
        if parsed.rows_waiting:
            print(f"  {parsed.rows_waiting} rows wait for a correction, the others are kept")
    summary = figures(assembled.papers)
    print("read: " + ", ".join(f"{name} {value}" for name, value in summary.items()))
