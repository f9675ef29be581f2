"""The examples of docs/api.md and docs/agency.md, asked of a running demo in their order, get the answers that the page shows.

In an answer ``"..."`` stands for anything, and an object or list may hold more than is shown. ``"$NAME"`` keeps a value
the first time and must be the same afterwards; in a request it is replaced. ``$NOW`` is the time of the first request.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docs.blocks import Block, blocks_of
from tests.docs.tables import HOUSE

PAGE, AGENCY = HOUSE / "docs" / "api.md", HOUSE / "docs" / "agency.md"
_NAME = re.compile(r"\$([A-Z]+)")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """The address of a demo terminal, as ``make run`` starts it."""
    command = [sys.executable, "-m", "terminal.cli", "demo", "--data", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"Karvon is ready:\s+(http://\S+)", line):
                yield found[1].rstrip("/")
                break
        else:
            raise AssertionError("the demo did not start")
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()
        process.stdout.close()


class Reader:
    """Follows the page with one client and what was learnt so far."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.known: dict[str, Any] = {"NOW": datetime.now(UTC).isoformat()}
        self.answer: httpx.Response | None = None

    def ask(self, block: Block) -> None:
        """Send one example."""
        text = _NAME.sub(lambda found: str(self.known[found[1]]), block.text)
        head, _, body = text.partition("\n\n")
        first, *rest = head.splitlines()
        method, path = first.split(" ", 1)
        headers = dict(line.split(": ", 1) for line in rest)
        request = self.client.build_request(method, path, headers=headers, content=body.encode())
        if "Authorization" in headers:
            request.headers.pop("cookie", None)
        self.answer = self.client.send(request, stream=True)

    def compare(self, block: Block) -> None:
        """The answer to the last example is what the page shows."""
        assert self.answer is not None, block.where
        self.answer.read()
        assert self.answer.status_code == int(block.info), f"{block.where}: {self.answer.text}"
        self.fits(json.loads(block.text), self.answer.json(), block.where)

    def compare_stream(self, block: Block) -> None:
        """The stream begins as the page shows; ``...`` ends what is compared of a line."""
        assert self.answer is not None, block.where
        lines = self.answer.iter_lines()
        for shown in block.text.splitlines():
            got = next(lines)
            assert got.startswith(shown.removesuffix("...")) if shown.endswith("...") else got == shown, got
        self.answer.close()

    def fits(self, shown: Any, got: Any, where: str) -> None:
        """Insist that ``got`` holds everything that ``shown`` shows."""
        if shown == "...":
            return
        if isinstance(shown, str) and (name := _NAME.fullmatch(shown)):
            assert self.known.setdefault(name[1], got) == got, f"{where}: {shown} was {self.known[name[1]]!r}"
        elif isinstance(shown, dict):
            for key, value in shown.items():
                assert key in got, f"{where}: no {key!r} in {got}"
                self.fits(value, got[key], where)
        elif isinstance(shown, list):
            assert len(got) >= len(shown), f"{where}: {got}"
            for one, other in zip(shown, got, strict=False):
                self.fits(one, other, where)
        else:
            assert shown == got, where


def test_the_examples_of_the_pages_are_true(demo: str) -> None:
    for page in (PAGE, AGENCY):
        asked = 0
        with httpx.Client(base_url=demo, trust_env=False, timeout=30) as client:
            client.cookies.set("karvon_lang", "en")  # as the page says
            reader = Reader(client)
            for block in blocks_of(page):
                if block.language == "http":
                    reader.ask(block)
                    asked += 1
                elif block.language == "json":
                    reader.compare(block)
                elif block.language == "sse":
                    reader.compare_stream(block)
        assert asked > 10
