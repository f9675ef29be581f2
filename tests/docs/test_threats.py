"""The threat model names tests; each of them must be there."""

from __future__ import annotations

import re

import pytest

from tests.docs.tables import HOUSE

NAMED = sorted(
    set(re.findall(r"[\w/]+/\w+\.py(?:::\w+)?", (HOUSE / "docs" / "threats.md").read_text(encoding="utf-8")))
)


@pytest.mark.parametrize("named", NAMED)
def test_a_named_test_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    file = HOUSE / "tests" / path
    assert file.is_file(), f"{path} is gone"
    if name:
        assert re.search(rf"^(async )?def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE), name


def test_enough_is_named() -> None:
    assert len(NAMED) > 30
