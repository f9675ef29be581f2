"""``karvon export analysis``: entities and links for analysts' software, in a file that is locked with a passphrase."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.cli import DONE, FINDINGS, UNREACHABLE
from terminal.cli.opening import add_terminal_arguments
from workflows.events import Context, SecurityEvent
from workflows.roles import Right

if TYPE_CHECKING:
    from terminal.service import Service

USAGE = 2


def add_analysis_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``analysis``, into the subparsers of ``karvon export``."""
    sub = actions.add_parser(
        "analysis", help="entities and links for i2 and the like, locked with a passphrase"
    )
    sub.add_argument(
        "--first", type=_day, required=True, metavar="DAY", help="first day, YYYY-MM-DD (Tashkent)"
    )
    sub.add_argument("--last", type=_day, required=True, metavar="DAY", help="last day, included")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where to write")
    sub.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="its first line is the passphrase (default: asked for)",
    )
    sub.add_argument(
        "--as",
        dest="person",
        required=True,
        metavar="LOGIN",
        help="whose export this is, as the journal keeps it",
    )
    add_terminal_arguments(sub)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write YYYY-MM-DD") from None


def _passphrase(args: argparse.Namespace) -> str:
    """The passphrase. Raises ``OSError`` and, when it was typed twice differently, ``ValueError``."""
    if args.passphrase_file is not None:
        return str(args.passphrase_file.read_text(encoding="utf-8").split("\n", 1)[0].strip())
    given = getpass.getpass("Passphrase: ")
    if getpass.getpass("Once more: ") != given:
        raise ValueError("the two passphrases differ")
    return given


def export_analysis(service: Service, args: argparse.Namespace) -> int:
    """Write it. 0 done, 1 the person may not, 2 days or passphrase, 3 a file cannot be read or written."""
    from terminal import access  # noqa: PLC0415 - loads the hashing library
    from terminal.cases import analysis  # noqa: PLC0415
    from terminal.evidence import locked  # noqa: PLC0415
    from terminal.reports.span import Span, SpanError  # noqa: PLC0415

    with service.reading() as reader:
        person = reader.people.by_login(args.person)
    actor = access.actor_of(person) if person is not None and person.active else None
    if person is None or actor is None or not (actor.may(Right.EXPORT) and actor.may(Right.READ_SEIZURES)):
        print(f"{args.person!r} may not export for analysts from this terminal.", file=sys.stderr)
        return FINDINGS
    try:
        span = Span(args.first, args.last)
        with service.reading() as reader:
            tables = analysis.gather(reader, actor, span, service.settings.terminal.place)
            plain = analysis.archive(tables, span, reader.head().seq)
        made = locked.lock(plain, _passphrase(args))
    except (SpanError, ValueError) as error:
        print(f"Cannot export: {error}.", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"{args.passphrase_file}: {error.strerror}", file=sys.stderr)
        return UNREACHABLE
    digest = hashlib.sha256(made).hexdigest()
    facts = {
        "what": "analysis",
        "form": analysis.FORM,
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "rows": {table: len(rows) for table, rows in tables.rows.items()},
        "sha256": digest,
        "handling_codes": ["LAW_ENFORCEMENT"],
    }
    event = SecurityEvent(f"person:{person.id}", "exported", facts)
    context = Context(person.id, service.clock())
    service.store.write_now(lambda books: books.record((event,), context))
    part = args.output.with_name(f"{args.output.name}.part")
    try:
        part.write_bytes(made)
        part.replace(args.output)
    except OSError as error:
        print(f"{args.output}: {error.strerror}", file=sys.stderr)
        return UNREACHABLE
    print(f"{digest}  {args.output.name}")
    print(f"Open with: {locked.OPEN_WITH.format(file=args.output.name)}")
    return DONE
