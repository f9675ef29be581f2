"""A process that has everything loaded and brings forth servers in a moment: ``python -m tests.crash.nursery``.

A line of JSON on its standard input asks for one: ``{"argv": ["serve", ...], "log": FILE, "clock": FILE or null}``; its
answer is the number of the new process. The server is the real ``karvon serve``; only the loading of its modules, which
takes seconds, is done once. With ``clock`` the server's own clock is wrong by the seconds that stand in that file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import terminal.app
import terminal.cli.serving
import terminal.running
from terminal.cli import main


def _late(argv: list[str], clock: Path) -> int:
    """``karvon serve`` with a clock that is wrong."""
    config, port = Path(argv[argv.index("--config") + 1]), int(argv[argv.index("--port") + 1])

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(clock.read_text(encoding="utf-8")))

    terminal.running.set_up_logging()
    service = terminal.running.open_service(terminal.running.settings_of(config, None), clock=now)
    terminal.running.server(service, port=port).run()
    return 0


def _live(asked: dict[str, Any]) -> None:
    """Be the server; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    quiet = os.open(os.devnull, os.O_RDONLY)
    for given, there in ((quiet, 0), (log, 1), (log, 2)):
        os.dup2(given, there)
    code = 70
    try:
        clock = asked.get("clock")
        code = _late(asked["argv"], Path(clock)) if clock else main(asked["argv"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def wait_for_orders() -> None:
    """Bring forth servers until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed leave nothing behind
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    print("ready", file=answers, flush=True)
    for line in orders:
        pid = os.fork()
        if pid == 0:
            _live(json.loads(line))
        print(pid, file=answers, flush=True)


if __name__ == "__main__":
    wait_for_orders()
