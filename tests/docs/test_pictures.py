"""The pictures of README.md are those that `make screenshots` draws of the demo."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from terminal.demo.day import STEPS
from terminal.demo.people import PEOPLE
from tests.docs.pictures import FOLDER, HEIGHT, PLAYED, REF, SHOTS, WIDTH
from tests.docs.tables import HOUSE, pages

_PICTURE = re.compile(r"!\[([^\]]+)\]\(([^)]+)\)")


def test_every_picture_of_the_pages_is_drawn_by_the_command() -> None:
    shown = [
        (page.parent / path).resolve()
        for page in pages()
        for _, path in _PICTURE.findall(page.read_text(encoding="utf-8"))
    ]
    assert {path.name for path in shown} == set(SHOTS)
    assert {path.parent for path in shown} == {FOLDER}
    assert {path.name for path in FOLDER.iterdir()} == set(SHOTS)


@pytest.mark.parametrize("name", SHOTS)
def test_a_picture_is_a_whole_page_of_the_demo(name: str) -> None:
    with Image.open(FOLDER / name) as picture:
        assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
        assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 100, "something stands on it"
    assert SHOTS[name].login in {person.login for person in PEOPLE}
    assert PLAYED in {step.key for step in STEPS}


def test_the_consignment_of_the_pictures_is_one_of_the_demo() -> None:
    papers = (HOUSE / "terminal" / "demo" / "consignments").rglob("*.json")
    assert any(REF in path.read_text(encoding="utf-8") for path in papers)
