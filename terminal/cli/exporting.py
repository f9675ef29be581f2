"""``karvon export journal | consignments | units | weighings``: rows for other programs, as NDJSON or CSV.

``bundle REF`` and ``analysis`` are other kinds of export: see :mod:`terminal.cli.export_bundle` and
:mod:`terminal.cli.export_analysis`.

Rows are read in chunks from one moment of the store, so that an export of millions needs no memory and is of one
piece. Whose export it is stands in the journal before the first row is given. What a person may not see is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from terminal.cli import DONE, FINDINGS, UNREACHABLE
from terminal.cli.export_analysis import add_analysis_arguments, export_analysis
from terminal.cli.export_bundle import add_bundle_arguments, export_bundle
from terminal.cli.opening import add_terminal_arguments, with_terminal
from terminal.store.written import in_order
from workflows.events import Context, SecurityEvent
from workflows.plain import to_plain
from workflows.roles import Right

if TYPE_CHECKING:
    from terminal.access import Caller
    from terminal.service import Service
    from terminal.store import Reader

PAGE = 500

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "journal": (
        *("seq", "id", "type", "subject", "at", "device_at", "recorded_at", "who", "device", "point"),
        *("nonce", "data", "prev_hash", "hash"),
    ),
    "consignments": (
        *("ref", "stage", "since", "sender", "consignee", "mode", "packages", "gross_kg", "lines", "units"),
        *("lane", "decision"),
    ),
    "units": ("label", "consignment", "stage", "place", "visit", "parent", "gross_kg", "condition", "line"),
    "weighings": (
        *("seq", "subject", "what", "kg", "scale", "at", "stable", "typed", "operator", "confirmed_by"),
        *("verified_until", "value_text", "unit_text", "raw", "note"),
    ),
}
#: the rights beside EXPORT that a table asks for
_RIGHTS: Mapping[str, Right] = {
    "journal": Right.READ_JOURNAL,
    "consignments": Right.READ_CONSIGNMENTS,
    "units": Right.READ_CONSIGNMENTS,
    "weighings": Right.READ_BOARD,
}
#: a cell that begins so is run as a formula by spreadsheets
_FORMULA = re.compile(r"^[\s]*[=+\-@\t\r]")
_FIGURE = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def add_table_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """One subcommand a table, into the subparsers of ``karvon export``."""
    for what in COLUMNS:
        sub = actions.add_parser(what, help=f"rows of {what} as NDJSON or CSV")
        sub.add_argument("--format", choices=("ndjson", "csv"), default="ndjson")
        if what in ("journal", "weighings"):
            sub.add_argument(
                "--after",
                type=_number,
                default=0,
                metavar="SEQ",
                help="only what came after this journal number",
            )
        sub.add_argument(
            "-o", "--output", type=Path, metavar="FILE", help="where to write (default: standard output)"
        )
        sub.add_argument(
            "--as",
            dest="person",
            required=True,
            metavar="LOGIN",
            help="whose export this is, as the journal keeps it",
        )
        add_terminal_arguments(sub)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    names = " | ".join((*COLUMNS, "bundle", "analysis"))
    actions = parser.add_subparsers(dest="what", metavar=names, required=True)
    add_table_arguments(actions)
    add_bundle_arguments(actions)
    add_analysis_arguments(actions)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"{text!r} is no journal number")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Export. 0 done, 1 the person may not, 2 usage, 3 the terminal or the file cannot be reached."""
    work = {"bundle": export_bundle, "analysis": export_analysis}.get(args.what, _export)
    return with_terminal(args, lambda service: work(service, args))


def _export(service: Service, args: argparse.Namespace) -> int:
    from terminal import access  # noqa: PLC0415 -- loads the hashing library
    from terminal.access import Caller  # noqa: PLC0415

    with service.reading() as reader:
        person = reader.people.by_login(args.person)
    actor = access.actor_of(person) if person is not None and person.active else None
    if person is None or actor is None or not (actor.may(Right.EXPORT) and actor.may(_RIGHTS[args.what])):
        print(f"{args.person!r} may not export the {args.what} of this terminal.", file=sys.stderr)
        return FINDINGS
    after: int = getattr(args, "after", 0)
    facts = {"what": args.what, "format": args.format, "after": after}
    event, context = (
        SecurityEvent(f"person:{person.id}", "export", facts),
        Context(person.id, service.clock()),
    )
    service.store.write_now(lambda books: books.record((event,), context))
    caller = Caller(actor, person.name)
    try:
        with service.reading() as reader:
            rows = ROWS[args.what](reader, caller, after)
            if args.output is None:
                write(rows, args.what, args.format, sys.stdout)
            else:
                part = args.output.with_name(f"{args.output.name}.part")
                with part.open("w", encoding="utf-8", newline="") as file:
                    write(rows, args.what, args.format, file)
                part.replace(args.output)
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"{args.output}: {error.strerror}", file=sys.stderr)
        return UNREACHABLE
    return DONE


# --- rows -------------------------------------------------------------------------------------------
def _journal(reader: Reader, caller: Caller, after: int) -> Iterator[dict[str, Any]]:
    from terminal.api.journal import public  # noqa: PLC0415 -- the web framework loads only here

    while entries := reader.entries_after(after, PAGE):
        for entry in entries:
            yield public(entry, reader, caller.actor)
        after = entries[-1].seq


def _refs(reader: Reader) -> Iterator[str]:
    cursor = None
    while lines := reader.consignments(cursor, PAGE):
        for line in lines:
            yield line.ref
        cursor = lines[-1].cursor


def _consignments(reader: Reader, caller: Caller, _: int) -> Iterator[dict[str, Any]]:
    from terminal.api.cargo import shown  # noqa: PLC0415 -- the web framework loads only here

    for ref in _refs(reader):
        consignment = reader.consignment(ref)
        if consignment is None:
            continue
        stages = {stage.value: count for stage, count in reader.unit_stages(ref).items()}
        papers = consignment.papers
        declared = papers.declared
        yield {
            **shown(consignment, caller),
            "sender": papers.sender,
            "consignee": papers.consignee,
            "mode": papers.mode.value,
            "packages": declared.packages if declared else None,
            "gross_kg": to_plain(declared.gross_kg) if declared else None,
            "lines": len(papers.lines),
            "units": sum(stages.values()),
            "units_by_stage": stages,
        }


def _units(reader: Reader, caller: Caller, _: int) -> Iterator[dict[str, Any]]:
    return reader.plain_units()


def _weighings(reader: Reader, caller: Caller, after: int) -> Iterator[dict[str, Any]]:
    before: int | None = None
    while lines := reader.weighings(before, PAGE):
        for line in lines:
            if line.seq <= after:
                return
            yield {"seq": line.seq, "subject": line.subject, **to_plain(line.weighing)}
        before = lines[-1].seq


#: what to export -> its rows
ROWS = {"journal": _journal, "consignments": _consignments, "units": _units, "weighings": _weighings}


# --- writing ----------------------------------------------------------------------------------------
def write(rows: Iterator[dict[str, Any]], what: str, form: str, file: IO[str]) -> None:
    """Write rows, one a line: whole as JSON, or the columns of the table as CSV (UTF-8, comma, CRLF)."""
    if form == "ndjson":
        for row in rows:
            file.write(in_order(row) + "\n")
        return
    writer = csv.writer(file)
    writer.writerow(COLUMNS[what])
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in COLUMNS[what]])


def cell(value: Any) -> str:
    """A value as a cell that no spreadsheet runs: a text that could be a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    text = str(value).replace("\0", " ")
    return f"'{text}" if _FORMULA.match(text) and not _FIGURE.fullmatch(text) else text
