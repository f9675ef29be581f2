"""``karvon init`` and ``karvon serve``: a production terminal from its configuration."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from devices.errors import ConfigProblem
from terminal.store import StoreError

EXAMPLE = """# Karvon: one terminal. Every key is explained in docs/administrator.md; a wrong key stops the start with a sentence.
data_dir = "data"
# database = "postgresql://karvon@db.example/karvon"   # or KARVON_DATABASE in the environment; SQLite in data_dir by default

[terminal]
name = "Termez Cargo Center"
place = "UZTER"
language = "uz"

[server]
host = "127.0.0.1"
port = 8000
tls = false               # true behind a reverse proxy with TLS: secure cookies and HSTS
trusted_proxies = []

[[points]]
id = "gate-1"
name = "Gate 1"
steps = ["GATE_IN", "GATE_OUT"]

[[points]]
id = "weighbridge-1"
name = "Weighbridge"
steps = ["WEIGH_IN", "WEIGH_OUT"]

[[points]]
id = "tally-1"
name = "Dock 1, tally"
steps = ["TALLY", "STORAGE"]

[[points]]
id = "load-1"
name = "Dock 1, loading"
steps = ["LOAD", "SEAL"]

# [[devices]]
# id = "weighbridge-1-scale"
# kind = "scale"
# protocol = "yaohua_a9"
# unit = "kg"
# url = "/dev/serial/by-id/usb-..."
# point = "weighbridge-1"
# capacity_kg = 60000
# division_kg = 20
# verified_until = 2027-03-01
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon init`` and ``karvon serve``."""
    parser.add_argument(
        "--config", type=Path, default=Path("karvon.toml"), help="configuration (default: karvon.toml)"
    )
    if parser.prog.endswith("serve"):
        parser.add_argument("--port", type=int, help="port, instead of the configured one")
        parser.add_argument(
            "--workers",
            type=int,
            default=1,
            metavar="N",
            help="processes that share the port, on PostgreSQL (default: 1)",
        )
        parser.add_argument(
            "--worker", help=argparse.SUPPRESS
        )  # said by the parent of several to each of them
    else:
        parser.add_argument(
            "--login", default="admin", help="login of the first administrator (default: admin)"
        )
        parser.add_argument("--name", default="Administrator", help="name of the first administrator")
    parser.set_defaults(action="serve" if parser.prog.endswith("serve") else "init")


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    try:
        return _init(args) if args.action == "init" else _serve(args)
    except (ConfigProblem, StoreError) as error:
        print(error, file=sys.stderr)
        return 2


def _init(args: argparse.Namespace) -> int:
    """Write an example configuration where there is none, make the store, and print the first set-up link."""
    from terminal import access  # noqa: PLC0415
    from terminal.running import opened, settings_of  # noqa: PLC0415
    from workflows.roles import Role  # noqa: PLC0415

    if not args.config.exists():
        handle = os.open(args.config, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(EXAMPLE)
        print(f"Wrote {args.config}: look through it, then run `karvon serve --config {args.config}`.")
    settings = settings_of(args.config, None)
    with opened(settings) as service:
        now = service.clock()
        with service.reading() as reader:
            person = reader.people.by_login(args.login)
            others = reader.people.count()
        if person is None and others:
            print(
                f"There are people already, but no login {args.login!r}; an administrator can add it.",
                file=sys.stderr,
            )
            return 1
        if person is None:
            roles = frozenset({Role.ADMINISTRATOR})
            _, code = service.store.write_now(
                lambda books: access.new_person(books, args.login, args.name, roles, "setup", now)
            )
        elif person.password_hash is not None:
            print(f"{args.login!r} has a password already; nothing to set up.")
            return 0
        else:
            identity = person.id
            code = service.store.write_now(
                lambda books: access.new_code(books, f"person:{identity}", "setup", now)
            )
    port = settings.server.port
    print(f"First administrator: open http://{settings.server.host}:{port}/setup/{code}")
    print("The link works once, for 24 hours, while the server runs.")
    return 0


def _serve(args: argparse.Namespace) -> int:
    """Run the server until it is told to stop."""
    from terminal import workers, workers_keeper  # noqa: PLC0415
    from terminal.running import open_service, opened, server, set_up_logging, settings_of  # noqa: PLC0415

    if not args.config.exists():
        print(
            f"{args.config} does not exist; `karvon init --config {args.config}` writes one.", file=sys.stderr
        )
        return 2
    settings = settings_of(args.config, None)
    set_up_logging(settings.logging)
    if args.worker:
        return workers.run_worker(args.config, args.worker)
    workers.insist_on_postgres(settings, args.workers)
    if args.workers > 1:
        with opened(settings):  # the tables are brought up to date once, before anybody needs them
            pass
        return workers.Workers(args.config, settings, args.workers, args.port).run()
    service = open_service(settings)
    service.leading = partial(workers_keeper.lead, service)
    running = server(service, port=args.port)
    running.run()
    return 0 if running.started else 3
