"""``karvon device``: enrol stations, handhelds and gateways by one-time code, list them, revoke their tokens."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING

from terminal.cli import DONE, FINDINGS, USAGE
from terminal.cli.opening import add_terminal_arguments, with_terminal
from terminal.cli.people import BY
from workflows.stages import Stage

if TYPE_CHECKING:
    from terminal.service import Service

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon device`` and its subcommands."""
    actions = parser.add_subparsers(dest="action", metavar="enrol | list | revoke", required=True)
    enrol = actions.add_parser("enrol", help="add or renew a device; prints the code that fetches its token")
    enrol.add_argument("id", metavar="ID", type=_identity)
    enrol.add_argument("--name", help="the name that people see (default: the id)")
    enrol.add_argument("--kind", default="station", help="station, handheld, gateway ... (default: station)")
    enrol.add_argument("--point", help="the point where it stands; without one it may speak for every point")
    enrol.add_argument(
        "--step",
        action="append",
        type=_step,
        default=[],
        metavar="STEP",
        help="a step it may do; may be given several times (default: every step of its point)",
    )
    listing = actions.add_parser("list", help="every enrolled device")
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    revoke = actions.add_parser("revoke", help="make the token of a device worthless from this moment")
    revoke.add_argument("id", metavar="ID")
    for sub in (enrol, listing, revoke):
        add_terminal_arguments(sub)


def _identity(text: str) -> str:
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no id: small letters, digits, dot, dash, underline")
    return text


def _step(text: str) -> Stage:
    try:
        return Stage(text.upper())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no step") from None


def run(args: argparse.Namespace) -> int:
    """Do it. 0 done, 1 no such device, 2 usage, 3 the terminal cannot be reached or is in use."""
    if args.action == "enrol":
        return with_terminal(args, lambda service: _enrol(service, args))
    if args.action == "revoke":
        return with_terminal(args, lambda service: _revoke(service, args.id))
    return with_terminal(args, lambda service: _list(service, as_json=args.json), writing=False)


def _enrol(service: Service, args: argparse.Namespace) -> int:
    from terminal import access  # noqa: PLC0415
    from terminal.store.devices import Device  # noqa: PLC0415

    now = service.clock()
    try:
        steps = access.steps_for(service.settings.points, args.point, args.step)
    except ValueError as error:
        print(f"Nothing was enrolled: {error}.", file=sys.stderr)
        return USAGE
    device = Device(
        args.id, args.kind, args.name or args.id, now, args.point, steps, frozenset({access.READINGS})
    )
    print(service.store.write_now(lambda books: access.add_device(books, device, BY, now)))
    hours = int(access.CODE_LIFETIME.total_seconds() // 3600)
    print(f"Type this code at the device; it works once, for {hours} hours.", file=sys.stderr)
    return DONE


def _revoke(service: Service, identity: str) -> int:
    from terminal import access  # noqa: PLC0415

    now = service.clock()
    if not service.store.write_now(lambda books: access.revoke_device(books, identity, BY, now)):
        print(f"There is no device {identity!r}; `karvon device list` shows them.", file=sys.stderr)
        return FINDINGS
    return DONE


def _list(service: Service, *, as_json: bool) -> int:
    with service.reading() as reader:
        rows = [
            {
                "id": device.id,
                "kind": device.kind,
                "name": device.name,
                "point": device.point,
                "steps": sorted(device.steps),
                "active": device.active,
                "enrolled": device.token_hash is not None,
                "seen_at": device.seen_at.isoformat() if device.seen_at else None,
            }
            for device in reader.devices.all()
        ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return DONE
    for row in rows:
        state = "revoked" if not row["active"] else "enrolled" if row["enrolled"] else "waits for its code"
        print(f"{row['id']:<20} {row['point'] or 'any point':<16} {state:<20} {row['name']}")
    return DONE
