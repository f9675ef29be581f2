"""``karvon user``: add people, list them, change their roles, shut them out, give them a new set-up link.

Passwords are never typed here: whoever is added gets a link that works once, and chooses a password behind it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from terminal.cli import DONE, FINDINGS, USAGE
from terminal.cli.opening import add_terminal_arguments, with_terminal
from workflows.roles import Role

if TYPE_CHECKING:
    from terminal.service import Service
    from terminal.store.people import Person

#: who did it, as the journal keeps it: whoever may run commands on this machine
BY = "console"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon user`` and its subcommands."""
    actions = parser.add_subparsers(
        dest="action", metavar="add | list | roles | disable | enable | link | reset-factors", required=True
    )
    add = actions.add_parser("add", help="add a person; prints their one-time set-up link")
    add.add_argument("login", metavar="LOGIN")
    add.add_argument("--name", required=True, help="the name that others see")
    _roles(add, "--role", required=True)
    add.add_argument("--organisation", metavar="NAME", help="the agency of an agency_user, as on its papers")
    add.add_argument("--language", choices=("uz", "uz-Cyrl", "ru", "en", "fa", "ps"), default="uz")
    roles = actions.add_parser("roles", help="give a person these roles and no others; ends their sessions")
    roles.add_argument("login", metavar="LOGIN")
    _roles(roles, "--role", required=True)
    listing = actions.add_parser("list", help="everybody, with roles")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    disable = actions.add_parser("disable", help="shut a person out, from this moment")
    enable = actions.add_parser("enable", help="let a person in again")
    link = actions.add_parser("link", help="a new one-time set-up link; links given before end")
    reset = actions.add_parser(
        "reset-factors", help="take every second factor of a person away (a lost phone); ends their sessions"
    )
    for sub in (disable, enable, link, reset):
        sub.add_argument("login", metavar="LOGIN")
    for sub in (add, roles, listing, disable, enable, link, reset):
        add_terminal_arguments(sub)


def _roles(parser: argparse.ArgumentParser, name: str, *, required: bool) -> None:
    parser.add_argument(
        name,
        action="append",
        type=_role,
        metavar="ROLE",
        required=required,
        dest="role",
        help=f"may be given several times; one of {', '.join(role.value for role in Role)}",
    )


def _role(text: str) -> Role:
    try:
        return Role(text.lower())
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise argparse.ArgumentTypeError(f"{text!r} is no role; there are {known}") from None


def run(args: argparse.Namespace) -> int:
    """Do it. 0 done, 1 no such person or a taken login, 2 usage, 3 the terminal cannot be reached or is in use."""
    if args.action == "add" and (problem := _unfit(args)) is not None:
        print(problem, file=sys.stderr)
        return USAGE
    actions: dict[str, Callable[[Service], int]] = {
        "add": lambda service: _add(service, args),
        "list": lambda service: _list(service, as_json=args.json),
        "roles": lambda service: _change(service, args.login, roles=frozenset(args.role)),
        "disable": lambda service: _change(service, args.login, active=False),
        "enable": lambda service: _change(service, args.login, active=True),
        "link": lambda service: _link(service, args.login),
        "reset-factors": lambda service: _reset(service, args.login),
    }
    return with_terminal(args, actions[args.action], writing=args.action != "list")


def _unfit(args: argparse.Namespace) -> str | None:
    """Why these words cannot be a person's; None when they can."""
    for what, text in (
        ("login", args.login),
        ("name", args.name),
        ("organisation", args.organisation or "x"),
    ):
        if not text.strip() or len(text) > 120 or not text.isprintable():
            return f"The {what} must be one line of 1 to 120 characters."
    if Role.AGENCY_USER in args.role and not args.organisation:
        return "An agency_user needs --organisation, written as the sender stands on its papers."
    return None


def _add(service: Service, args: argparse.Namespace) -> int:
    from terminal import access  # noqa: PLC0415

    now = service.clock()
    try:
        _, code = service.store.write_now(
            lambda books: access.new_person(
                books,
                args.login,
                args.name,
                frozenset(args.role),
                BY,
                now,
                organisation=args.organisation,
                language=args.language,
            )
        )
    except ValueError as error:
        print(f"Nobody was added: {error}.", file=sys.stderr)
        return FINDINGS
    _tell_link(service, code or "")
    return DONE


def _tell_link(service: Service, code: str) -> None:
    server = service.settings.server
    scheme = "https" if server.tls else "http"
    print(f"{scheme}://{server.host}:{server.port}/setup/{code}")
    print("The link works once, for 24 hours, while the server runs.", file=sys.stderr)


def _find(service: Service, login: str) -> Person | None:
    with service.reading() as reader:
        person = reader.people.by_login(login)
    if person is None:
        print(f"There is no login {login!r}; `karvon user list` shows them.", file=sys.stderr)
    return person


def _change(service: Service, login: str, **changed: Any) -> int:
    from terminal import access  # noqa: PLC0415

    person = _find(service, login)
    if person is None:
        return FINDINGS
    now, found = service.clock(), person
    service.store.write_now(lambda books: access.change_person(books, found, BY, now, **changed))
    return DONE


def _link(service: Service, login: str) -> int:
    from terminal import access  # noqa: PLC0415

    person = _find(service, login)
    if person is None:
        return FINDINGS
    if not person.active:
        print(f"{login!r} is disabled; `karvon user enable {login}` first.", file=sys.stderr)
        return FINDINGS
    now, subject = service.clock(), f"person:{person.id}"
    _tell_link(service, service.store.write_now(lambda books: access.new_code(books, subject, BY, now)))
    return DONE


def _reset(service: Service, login: str) -> int:
    from terminal import second  # noqa: PLC0415

    person = _find(service, login)
    if person is None:
        return FINDINGS
    now, found = service.clock(), person
    gone = service.store.write_now(lambda books: second.reset(books, found, BY, now))
    print(f"{gone} removed.", file=sys.stderr)
    return DONE


def _list(service: Service, *, as_json: bool) -> int:
    with service.reading() as reader:
        everybody = reader.people.all()
    if as_json:
        rows = [
            {
                "id": person.id,
                "login": person.login,
                "name": person.name,
                "roles": sorted(person.roles),
                "organisation": person.organisation,
                "active": person.active,
                "has_password": person.password_hash is not None,
            }
            for person in everybody
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return DONE
    for person in everybody:
        marks = [] if person.active else ["disabled"]
        marks += [] if person.password_hash else ["no password yet"]
        roles = ", ".join(sorted(person.roles))
        more = f" ({'; '.join(marks)})" if marks else ""
        print(f"{person.login:<16} {person.name:<28} {roles}{more}")
    return DONE
