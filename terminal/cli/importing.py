"""``karvon import``: read packing lists, request forms and consignment notes, and say row by row what was read."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from terminal.importing import Assembled, ParsedFile, WrongFactsError, figures, gather, read_file
from terminal.importing.limits import MAX_BYTES
from terminal.importing.numbers import plain
from workflows.roles import Right

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
        "--as", dest="person", metavar="LOGIN", help="whose import this is, as the journal keeps it"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration of the terminal")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("var"),
        metavar="DIR",
        help="data directory without one (default: var)",
    )


def run(args: argparse.Namespace) -> int:
    """Read the files, print the report, store unless it is a dry run; returns the exit code."""
    try:
        contents = [_bytes_of(path) for path in args.files]
        files = [read_file(path.name, data) for path, data in zip(args.files, contents, strict=True)]
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
    return code if args.dry_run else _store(args, files, contents, facts, code)


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


def _store(
    args: argparse.Namespace,
    files: Sequence[ParsedFile],
    contents: Sequence[bytes],
    facts: Mapping[str, object],
    code: int,
) -> int:
    """Announce the consignment in the terminal's store, as the person named; refusals are said in a sentence."""
    from devices.errors import ConfigProblem  # noqa: PLC0415 - only storing needs the service
    from terminal import access  # noqa: PLC0415
    from terminal.cases import importing  # noqa: PLC0415
    from terminal.running import opened, settings_of  # noqa: PLC0415
    from terminal.store import StoreError  # noqa: PLC0415

    if args.config is None and not args.data.is_dir():
        _say(
            f"karvon import: nothing was stored, there is no data directory {args.data}. "
            "Name it with --data or --config, or use --dry-run."
        )
        return UNREACHABLE
    if args.person is None:
        _say(
            "karvon import: nothing was stored. Say with --as whose import this is (a login), or use --dry-run."
        )
        return USAGE
    try:
        reading = importing.put_together(files, tuple(map(len, contents)), facts)
    except WrongFactsError as fault:
        _say(f"karvon import: nothing was stored, {fault}")
        return USAGE
    if reading.empty:
        _say("karvon import: nothing was stored, no line of goods could be read.")
        return FINDINGS
    try:
        with opened(settings_of(args.config, args.data)) as service:
            with service.reading() as reader:
                person = reader.people.by_login(args.person)
            actor = access.actor_of(person) if person is not None and person.active else None
            if actor is None or not actor.may(Right.ANNOUNCE):
                _say(
                    f"karvon import: nothing was stored, {args.person!r} may not announce consignments here."
                )
                return FINDINGS
            for parsed, data in zip(files, contents, strict=True):
                service.keep_file(parsed.sha256, data)
            digest = hashlib.sha256(" ".join(parsed.sha256 for parsed in files).encode()).hexdigest()
            request = service.request(actor, f"import-{digest[:40]}", reading.body())
            with service.reading() as reader:
                importing.foresee(reader, reading, request, service.judge)
            answer = service.store.write_now(
                lambda books: importing.store(books, reading, request, service.judge)
            )
    except ConfigProblem as fault:
        _say(f"karvon import: {fault}")
        return USAGE
    except StoreError as fault:
        _say(f"karvon import: {fault}")
        return UNREACHABLE
    done = {"accepted": "stored", "already_done": "was stored before"}.get(answer.verdict, answer.verdict)
    why = f" ({answer.reason})" if answer.reason is not None else ""
    _say(f"karvon import: {reading.reference} {done}{why}")
    return code if answer.ok else FINDINGS


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
