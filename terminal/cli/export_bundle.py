"""``karvon export bundle REF``: the clearance bundle of one consignment, from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.cli import DONE, FINDINGS, UNREACHABLE
from terminal.cli.opening import add_terminal_arguments
from workflows.roles import Right

if TYPE_CHECKING:
    from terminal.service import Service


def add_bundle_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``bundle``, into the subparsers of ``karvon export``."""
    sub = actions.add_parser(
        "bundle", help="everything about one consignment, in one archive that proves itself"
    )
    sub.add_argument("ref", metavar="REF", help="reference of the consignment")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="where to write (.zip)")
    sub.add_argument(
        "--as",
        dest="person",
        required=True,
        metavar="LOGIN",
        help="whose export this is, as the journal keeps it",
    )
    add_terminal_arguments(sub)


def export_bundle(service: Service, args: argparse.Namespace) -> int:
    """Write it. 0 done, 1 the person may not or there is no such consignment, 3 the file cannot be written."""
    from terminal import access  # noqa: PLC0415 - loads the hashing library
    from terminal.api.papers import bundle_of, export_noted  # noqa: PLC0415 - the drawing library

    with service.reading() as reader:
        person = reader.people.by_login(args.person)
        ref = reader.reference_of(args.ref)
    actor = access.actor_of(person) if person is not None and person.active else None
    if person is None or actor is None or not actor.may(Right.EXPORT):
        print(f"{args.person!r} may not export from this terminal.", file=sys.stderr)
        return FINDINGS
    if ref is None:
        print(f"There is no consignment {args.ref!r}.", file=sys.stderr)
        return FINDINGS
    caller = access.Caller(actor, person.name)
    event, context = export_noted(ref, caller, service)
    service.store.write_now(lambda books: books.record((event,), context))
    part = args.output.with_name(f"{args.output.name}.part")
    try:
        part.write_bytes(bundle_of(service, caller, ref))
        part.replace(args.output)
    except OSError as problem:
        print(f"{args.output}: {problem.strerror}", file=sys.stderr)
        return UNREACHABLE
    return DONE
