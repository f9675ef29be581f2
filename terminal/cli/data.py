"""``karvon data``: the tables and the list that the checks rest on, as versions: look, try, load, go back.

Exit codes: 0 done, 1 refused (nothing was changed) or differences found, 2 usage, 3 the terminal cannot be reached or
a running server owns its store (then use the API).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terminal.cli import DONE, FINDINGS, UNREACHABLE, USAGE
from terminal.cli.opening import add_terminal_arguments, with_terminal

if TYPE_CHECKING:
    from terminal.cases.data import Difference, NewData
    from terminal.service import Service

#: who is written beside what the command loads
BY = "console"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon data``."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    one = actions.add_parser("list", help="every table with the version in force")
    _common(one)
    one = actions.add_parser("show", help="print a table")
    one.add_argument("table", metavar="TABLE")
    one.add_argument(
        "--version", metavar="HASH", help="an older version, or `shipped` (default: what is in force)"
    )
    _common(one)
    one = actions.add_parser("history", help="who loaded which version, when and why")
    one.add_argument("table", metavar="TABLE")
    _common(one)
    one = actions.add_parser("validate", help="say what is wrong with new files; needs no terminal")
    _files(one)
    one.add_argument("--json", action="store_true", help="print the answer as JSON")
    one = actions.add_parser("dry-run", help="what new files would change, consignment by consignment")
    _files(one)
    one.add_argument("--past", action="store_true", help="judge consignments that are over as well")
    _common(one)
    one = actions.add_parser("load", help="bring new files into force, all or none")
    _files(one)
    one.add_argument("--note", default="", metavar="TEXT", help="why; kept in the journal")
    _common(one)
    one = actions.add_parser("rollback", help="bring an older version into force again")
    one.add_argument("table", metavar="TABLE")
    one.add_argument("version", metavar="HASH", help="its first 8 characters or more, or `shipped`")
    one.add_argument("--note", default="", metavar="TEXT", help="why; kept in the journal")
    _common(one)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    add_terminal_arguments(parser)


def _files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="named as the table is")
    parser.add_argument(
        "--as", dest="table", metavar="TABLE", help="the table of a single FILE of another name"
    )


def run(args: argparse.Namespace) -> int:
    """Do it."""
    from terminal.cases.data import DataRefusedError  # noqa: PLC0415 -- the service loads only for work
    from terminal.filing import KeptFileError  # noqa: PLC0415

    if getattr(args, "files", None) and args.table is not None and len(args.files) > 1:
        print("--as names the table of one FILE.", file=sys.stderr)
        return USAGE
    try:
        if args.action in ("validate", "load", "dry-run"):
            args.new = _read(args)
        if args.action == "validate":
            return _validated(args)
        actions: dict[str, Callable[[Service], int]] = {
            "list": lambda service: _list(service, args),
            "show": lambda service: _show(service, args),
            "history": lambda service: _history(service, args),
            "dry-run": lambda service: _dry_run(service, args),
            "load": lambda service: _load(service, args.new, args),
            "rollback": lambda service: _rollback(service, args),
        }
        return with_terminal(args, actions[args.action], writing=args.action in ("load", "rollback"))
    except DataRefusedError as error:
        if args.json:
            print(json.dumps({"problems": error.problems}, ensure_ascii=False, indent=1))
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print("Nothing was changed.", file=sys.stderr)
        return FINDINGS
    except (KeptFileError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE


def _read(args: argparse.Namespace) -> list[NewData]:
    from terminal.cases.data import read_all  # noqa: PLC0415

    return read_all([(args.table or path.name, path.read_bytes()) for path in args.files])


def _validated(args: argparse.Namespace) -> int:
    if args.json:
        print(json.dumps({"problems": [], "versions": {one.name: one.sha256 for one in args.new}}, indent=1))
    else:
        for one in args.new:
            print(f"{one.name}: can be used, version {one.sha256[:12]}")
    return DONE


def _list(service: Service, args: argparse.Namespace) -> int:
    from terminal.cases.data import overview  # noqa: PLC0415

    with service.reading() as reader:
        rows = overview(reader, service.room)
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return DONE
    for row in rows:
        version = row["sha256"][:12] if row["sha256"] else "none"
        how = f"{row['loaded_by']}, {row['loaded_at']}" if row["loaded_at"] else "as shipped"
        print(
            f"{row['table']:<26} {version:<12}  {how if row['sha256'] else 'not there':<40}  {row['title']}"
        )
    return DONE


def _show(service: Service, args: argparse.Namespace) -> int:
    from terminal.cases.data import older, text_in_force  # noqa: PLC0415

    with service.reading() as reader:
        data = (
            text_in_force(reader, service.room, args.table)
            if args.version is None
            else older(reader, service.room, args.table, args.version).data
        )
    sys.stdout.write(data.decode("utf-8", "replace"))
    return DONE


def _history(service: Service, args: argparse.Namespace) -> int:
    from terminal.cases.data import told_history  # noqa: PLC0415

    with service.reading() as reader:
        rows = told_history(reader, args.table)
    if args.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return DONE
    for row in rows:
        before = f", instead of {row['replaces'][:12]}" if row["replaces"] else ""
        print(
            f"{row['event']:>8}  {row['at']}  {row['by']}  {row['sha256'][:12]}{before}  {row['note']}".rstrip()
        )
    if not rows:
        print(f"{args.table}: as shipped, nobody has loaded another.")
    return DONE


def _rollback(service: Service, args: argparse.Namespace) -> int:
    from terminal.cases.data import older  # noqa: PLC0415

    with service.reading() as reader:
        old = older(reader, service.room, args.table, args.version)
    return _load(service, [old], args)


def _load(service: Service, new: list[NewData], args: argparse.Namespace) -> int:
    from terminal.cases import data, screening  # noqa: PLC0415
    from terminal.store import uuid7  # noqa: PLC0415
    from workflows.roles import Actor, Role  # noqa: PLC0415

    actor = Actor(BY, frozenset({Role.ADMINISTRATOR}))
    body: dict[str, object] = {"load": {one.name: one.sha256 for one in new}, "note": args.note}
    request = service.request(actor, str(uuid7()), body)
    answer = service.store.write_now(lambda books: data.load(books, new, args.note, request, service.room))
    changes: list[Difference] = []
    if answer.news:
        with service.reading() as reader:
            refs = data.references(reader)
        for portion in data.chunks(refs):
            again = service.request(actor, str(uuid7()), body)
            changes += service.store.write_now(
                lambda books, portion=portion, again=again: data.judge_again(  # type: ignore[misc]
                    books, portion, again, service.judge
                )
            )
        more = service.request(actor, str(uuid7()), body)
        changes += service.store.write_now(
            lambda books: screening.again(books, screening.standing(books), more, service.judge)
        )
    if args.json:
        told = {"verdict": answer.verdict, "event": answer.event, **answer.facts}
        print(json.dumps({**told, "changed": [one.plain() for one in changes]}, ensure_ascii=False, indent=1))
        return DONE
    _warn(answer.facts.get("warnings"))
    for one in new:
        state = "in force" if answer.news else "was in force already"
        print(f"{one.name} {one.sha256[:12]}: {state}")
    if answer.news:
        print(f"{len(refs)} consignments under way were judged again, {len(changes)} came out otherwise.")
    _tell(changes)
    return DONE


def _dry_run(service: Service, args: argparse.Namespace) -> int:
    from terminal.cases import data  # noqa: PLC0415
    from terminal.judging import judged  # noqa: PLC0415

    now = service.clock()
    with service.reading() as reader:
        rules = service.room.in_force(reader)
        others = service.room.replaced(rules, {one.name: one.data for one in args.new}, now)
        refs = data.references(reader, past=args.past)
        changes = list(
            data.would_change(
                reader,
                refs,
                rules,
                others,
                now,
                lambda reader, one, at, by: judged(reader, one, at, by, lambda: service.secret),
            )
        )
        warned = data.losses(rules, service.room, args.new)
    if args.json:
        told: dict[str, Any] = {
            "judged": len(refs),
            "changed": [one.plain() for one in changes],
            "warnings": warned,
        }
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _warn(warned)
        print(
            f"{len(refs)} consignments judged, {len(changes)} would come out otherwise. Nothing was changed."
        )
        _tell(changes)
    return FINDINGS if changes else DONE


def _warn(warnings: object) -> None:
    for sentence in warnings if isinstance(warnings, list | tuple) else ():
        print(f"Warning: {sentence}", file=sys.stderr)


def _tell(changes: list[Difference]) -> None:
    from workflows.checks.texts import sentence, title  # noqa: PLC0415

    for one in changes:
        print(one.summary)
        for mark, findings in (("+", one.added), ("-", one.removed)):
            for found in findings:
                print(
                    f"  {mark} {found.severity.value:5} {found.check} {found.target}: "
                    f"{title(found.check)}. {sentence(found)}"
                )
