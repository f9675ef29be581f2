"""The fenced blocks of the documentation: what a page shows as a command, a configuration, or an example."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.tables import HOUSE, pages

_FENCE = re.compile(r"^( *)```(\S*)(?: +([^\n]*))?\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its page, line, language, what stands behind the language, and its text."""

    page: Path
    line: int
    language: str
    info: str
    text: str

    @property
    def where(self) -> str:
        """Page and line, for a failing test."""
        return f"{self.page.relative_to(HOUSE)}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    """Every fenced block of one page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[2], found[3] or "", textwrap.dedent(found[4]))


def blocks(*languages: str) -> list[Block]:
    """Every block of these languages on every page."""
    return [block for page in pages() for block in blocks_of(page) if block.language in languages]
