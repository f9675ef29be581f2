"""The pages about security name tests and places in the code; each of them must be there, and no requirement left out."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.docs.tables import HOUSE

_TEST = re.compile(r"[\w/]+/\w+\.py(?:::\w+)?")
_SPAN = re.compile(r"`[^`\n]*`")
_NUMBER = re.compile(r"(\d+\.\d+)\.(\d+)(?:–\1\.(\d+))?")

#: how many requirements of level 1 and 2 each section of OWASP ASVS 5.0.0 has; those of level 3 come after them
_COUNTS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1
4.3:2 4.4:4 5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2
7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2
10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2
13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1
17.2:4 17.3:2
"""
SECTIONS = {section: int(most) for section, most in re.findall(r"(\S+):(\d+)", _COUNTS)}


def page(name: str) -> str:
    """The text of a page of the documentation."""
    return (HOUSE / "docs" / name).read_text(encoding="utf-8")


def named(name: str) -> list[str]:
    """The tests that a page names; what stands in backticks is code."""
    return sorted(set(_TEST.findall(_SPAN.sub("", page(name)))))


NAMED = [(name, one) for name in ("threats.md", "asvs.md") for one in named(name)]


@pytest.mark.parametrize(("name", "one"), NAMED, ids=lambda text: text)
def test_a_named_test_is_there(name: str, one: str) -> None:
    path, _, test = one.partition("::")
    file = HOUSE / "tests" / path
    assert file.is_file(), f"{name}: {path} is gone"
    if test:
        assert re.search(rf"^(async )?def {test}\(", file.read_text(encoding="utf-8"), re.MULTILINE), test


def test_enough_is_named() -> None:
    counted = Counter(name for name, _ in NAMED)
    assert counted["threats.md"] > 30
    assert counted["asvs.md"] > 80


def test_a_named_place_is_there() -> None:
    places = re.findall(r"`((?:terminal|workflows|devices|requirements|\.ci)/[\w./-]+)`", page("asvs.md"))
    assert len(places) > 30
    assert [place for place in places if not (HOUSE / place).is_file()] == []


def rows() -> list[tuple[str, str, str]]:
    """Every requirement of the page, with the part it stands in and its row."""
    found = []
    for part in page("asvs.md").split("\n## ")[1:]:
        for row in re.findall(r"^\| \d.*$", part, re.MULTILINE):
            for section, first, last in _NUMBER.findall(row.split("|")[1]):
                for number in range(int(first), int(last or first) + 1):
                    found.append((f"{section}.{number}", part.partition("\n")[0], row))
    return found


def test_every_requirement_stands_on_the_page_once() -> None:
    wanted = [f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)]
    assert len(wanted) == 253
    assert Counter(number for number, _, _ in rows()) == Counter(wanted)


def test_the_page_counts_right() -> None:
    counts: Counter[str] = Counter()
    for _, part, row in rows():
        if part == "Met":
            shown = _TEST.search(_SPAN.sub("", row))
            counts["shown by a test" if shown else "met, without a test of its own"] += 1
        else:
            counts["not applicable" if part == "Not applicable" else "open, in whole or in part"] += 1
    said = re.findall(r"^\| ([a-z, ]+) \| (\d+) \|$", page("asvs.md"), re.MULTILINE)
    assert {name: int(count) for name, count in said} == counts
