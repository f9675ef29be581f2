"""Every command that a page shows as ``sh`` is run, in the order of the page, in a folder of its own.

A line is expected to end well; ``# exit code 1`` behind it says otherwise. A line that ends in ``&`` is left running
until the page is through. Blocks that cannot be run by a test (they need root, a network, or run for ever) are ``text``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from terminal import access
from terminal.running import opened
from terminal.settings import build
from terminal.store import url_of
from terminal.store.backup import backup
from tests.docs.blocks import Block, blocks, blocks_of
from tests.docs.tables import HOUSE
from tests.support.app import NOON
from workflows.roles import Role

_EXIT = re.compile(r"# exit code (\d)")
PAGES = sorted({block.page for block in blocks("sh", "python")})


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with what pages speak of: sample papers, and a store that has been backed up."""
    (tmp_path / "tests").symlink_to(HOUSE / "tests")
    with opened(build({"data_dir": "stored"}, base=tmp_path)) as service:
        for login in ("first", "second"):
            service.store.write_now(
                lambda books, login=login: access.new_person(  # type: ignore[misc]
                    books, login, login, frozenset({Role.AUDITOR}), "test", NOON
                )
            )
    backup(tmp_path / "stored" / "karvon.sqlite3", tmp_path / "backup.sqlite3")
    yield tmp_path
    shutil.rmtree(tmp_path / "ports", ignore_errors=True)


class Shell:
    """Runs lines of a page; what was left running is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left: list[subprocess.Popen[bytes]] = []
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": str(HOUSE), "PYTHONUNBUFFERED": "1"}

    def run(self, line: str, where: str) -> str:
        """One line; returns what it said. Insists on its exit code."""
        command = line.partition(" #")[0].strip()
        if command.endswith("&"):
            process = subprocess.Popen(
                ["sh", "-c", f"exec {command[:-1]}"],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
            )
            self.left.append(process)
            assert process.stdout is not None
            assert process.stdout.readline(), f"{where}: {command} said nothing"
            return ""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        expected = int(found[1]) if (found := _EXIT.search(line)) else 0
        assert done.returncode == expected, f"{where}: {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def stop(self) -> None:
        """Stop what was left running."""
        for process in self.left:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            if process.stdout is not None:
                process.stdout.close()


def lines_of(block: Block) -> list[str]:
    """The commands of a block, with continued lines joined."""
    joined = block.text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_the_commands_of_a_page_run(page: Path, folder: Path) -> None:
    shell = Shell(folder)
    try:
        for block in blocks_of(page):
            if block.language == "sh":
                for line in lines_of(block):
                    shell.run(line, block.where)
            elif block.language == "python":
                (folder / "page.py").write_text(block.text, encoding="utf-8")
                shell.run(f"{sys.executable} page.py", block.where)
    finally:
        shell.stop()


def test_commands_stand_in_blocks_that_are_run() -> None:
    """A ``text`` block may show a command only when it needs root, a network or another machine, or never ends."""
    excused = re.compile(
        r"karvon (serve|restore|demo|gateway)\b|systemctl|apt-get|useradd|usermod|curl|make "
    )
    shown = [
        f"{block.where}: {line}"
        for block in blocks("text", "")
        for line in block.text.splitlines()
        if re.match(r"\s*karvon \w", line) and not excused.search(line)
    ]
    assert shown == []


def test_the_head_found_by_hand_is_that_of_karvon_verify(folder: Path) -> None:
    (block,) = (b for b in blocks("python") if b.page.name == "architecture.md")
    (folder / "page.py").write_text(block.text, encoding="utf-8")
    shell = Shell(folder)
    by_hand = shell.run(f"{sys.executable} page.py", block.where)
    assert by_hand == shell.run(f"karvon verify --database {url_of(folder / 'backup.sqlite3')}", block.where)
