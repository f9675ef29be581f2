"""``karvon purge``: delete what has outlived its time; without ``--do`` it only says what that is."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from terminal.cli import DONE, FINDINGS
from terminal.cli.opening import add_terminal_arguments, with_terminal
from workflows.roles import Right

if TYPE_CHECKING:
    from terminal.service import Service


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon purge``."""
    parser.add_argument("--do", action="store_true", help="delete; without it nothing is changed")
    parser.add_argument(
        "--as", dest="person", metavar="LOGIN", help="who deletes, as the journal keeps it (an administrator)"
    )
    parser.add_argument("--json", action="store_true", help="print what is due as JSON")
    add_terminal_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """0 done, 1 the person may not, 2 configuration, 3 no such terminal, or a server owns its store."""
    return with_terminal(args, lambda service: purge(service, args), writing=args.do)


def purge(service: Service, args: argparse.Namespace) -> int:
    """Say or delete what is due in an open terminal."""
    from terminal import access  # noqa: PLC0415 - loads the hashing library
    from terminal.cases import retaining  # noqa: PLC0415

    folder, now = service.settings.data_dir, service.clock()
    with service.reading() as reader:
        person = reader.people.by_login(args.person) if args.person else None
        found = retaining.due(reader, folder, service.settings.retention, now)
    may = person is not None and person.active and access.actor_of(person).may(Right.MANAGE_PEOPLE)
    if args.do and (person is None or not may):
        print(
            "Say with --as who deletes: the user name of an administrator of this terminal.", file=sys.stderr
        )
        return FINDINGS
    if args.json:
        rows = [
            {
                "rule": one.rule.value,
                "before": one.before.isoformat(),
                "entries": sorted(one.entries),
                "files": list(one.files),
                "read": list(one.read),
            }
            for one in found
        ]
        print(json.dumps(rows))
    else:
        for one in found:
            said = f"{len(one.entries)} journal entries, {len(one.files)} files, rows of {len(one.read)} files as read"
            print(f"{one.rule.value}: {said} from before {one.before:%Y-%m-%d}")
    if args.do and person is not None and found:
        who = person.id
        service.store.write_now(lambda books: retaining.purge(books, folder, found, who, now))
        service.store.forget()
        retaining.delete_files(folder, found, now)
        retaining.forget_search(folder)
    if not args.json:
        print("Nothing is due." if not found else "Deleted." if args.do else "Nothing was deleted: add --do.")
    return DONE
