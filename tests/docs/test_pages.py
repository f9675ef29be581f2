"""What stands in the pages is so: links, the map of the house, accounts, configurations, healthy lines."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devices.config import load_devices
from devices.decode import decode
from devices.protocols import CODECS
from terminal.demo import people
from terminal.gateway import configured
from terminal.settings import build
from tests.docs.blocks import Block, blocks
from tests.docs.tables import HOUSE, PAGES, pages
from workflows.stages import Stage

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
#: a pattern in a code span may look like a link
_SPAN = re.compile(r"`[^`\n]*`")
#: top-level keys of karvon.toml
_OURS = {
    "data_dir",
    "database",
    "terminal",
    "server",
    "arrivals",
    "handover",
    "weighbridge_tolerance",
    "weighing",
    "points",
    "devices",
}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found = set()
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        found.add(plain.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(_SPAN.sub("", _FENCED.sub("", page.read_text(encoding="utf-8")))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_linked_from_somewhere() -> None:
    linked = set()
    for page in pages():
        for link in _LINK.findall(page.read_text(encoding="utf-8")):
            path = link.partition("#")[0]
            if path and "://" not in path:
                linked.add((page.parent / path).resolve())
    assert [page.name for page in pages() if page.resolve() not in linked and page.name != "README.md"] == []


def test_the_map_of_the_house_is_the_house() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    mapped = set(re.findall(r"^\| `(\w+)/` \|", readme, re.MULTILINE))
    made = {
        line.strip().strip("/") for line in (HOUSE / ".gitignore").read_text(encoding="utf-8").splitlines()
    }
    folders = {
        path.name
        for path in HOUSE.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__")) and path.name not in made
    }
    folders -= {name for name in folders if name.endswith(".egg-info")}
    assert mapped == folders


def test_the_demo_accounts_are_those_of_the_demo() -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| account | works as |")[2].partition("\n\n")[0]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([a-z-]+)`", row.split("|")[1:2][0] if "|" in row else "")
    }
    assert named == {person.login for person in people.PEOPLE}
    assert people.PASSWORD in readme


def test_the_number_of_wire_formats_is_true() -> None:
    for name in ("README.md", "CHANGELOG.md"):
        (said,) = re.findall(r"(\d+) wire formats", (HOUSE / name).read_text(encoding="utf-8"))
        assert int(said) == len(CODECS)


def test_the_steps_of_a_point_exist() -> None:
    text = (HOUSE / "docs" / "administrator.md").read_text(encoding="utf-8")
    (steps,) = re.findall(r"Steps of a point: `([A-Z_ ]+)`", text)
    assert set(steps.split()) <= {stage.value for stage in Stage}


# --- configurations -------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [b for b in blocks("toml") if not b.info], ids=lambda block: block.where)
def test_every_configuration_is_taken(block: Block, tmp_path: Path) -> None:
    tables: dict[str, Any] = tomllib.loads(block.text, parse_float=Decimal)
    if not set(tables) <= _OURS:
        assert set(tables) == {"project"}, "neither karvon.toml nor pyproject.toml"
        return
    build(tables, base=tmp_path)
    load_devices(tables.get("devices", []))


@pytest.mark.parametrize(
    "block", [b for b in blocks("toml") if b.info == "gateway"], ids=lambda block: block.where
)
def test_every_configuration_of_a_gateway_is_taken(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(block.text, encoding="utf-8")
    assert configured.read(path).devices


# --- healthy lines --------------------------------------------------------------------------------


def _lines() -> list[tuple[str, str, dict[str, Any], str, list[str]]]:
    found = []
    for block in blocks("hex"):
        protocol, _, config = block.info.partition(" ")
        for line in block.text.splitlines():
            hexa, arrow, meaning = line.partition(" -> ")
            assert arrow, f"{block.where}: write HEX -> what it means"
            settings = json.loads(config) if config else {}
            found.append(
                (block.where, protocol, settings, hexa, [part.strip() for part in meaning.split(",")])
            )
    return found


@pytest.mark.parametrize("line", _lines(), ids=lambda line: f"{line[1]}-{line[0]}")
def test_a_healthy_line_means_what_the_page_says(
    line: tuple[str, str, dict[str, Any], str, list[str]],
) -> None:
    _, protocol, config, hexa, said = line
    got = decode(protocol, hexa, config)
    words = {str(value) for value in got.values() if not isinstance(value, (dict, list, bool))}
    words |= {name for name, value in got.items() if value is True}
    if "weight" in got:
        words.add(f"{got['weight']} {got['unit']}")
        words |= {"stable"} if got["stable"] else {"moving"} if got["stable"] is False else set()
        # what the wire does not say is not said in the page either, and the other way round
        if got["stable"] is not None:
            assert {"stable", "moving"} & set(said), f"say whether it stands still: {got}"
    assert set(said) <= words, got


def test_every_protocol_shows_a_healthy_line() -> None:
    shown = {block.info.partition(" ")[0] for block in blocks("hex")}
    silent = {"hikvision_anpr"}  # a page of XML says nothing to the eye
    assert shown == {name for names in PAGES.values() for name in names} - silent
