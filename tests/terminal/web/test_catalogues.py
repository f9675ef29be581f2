"""The catalogues are complete, whole and in step with the pages."""

from __future__ import annotations

import re

import pytest

from terminal.web import catalogues, i18n
from terminal.web.wording import WORDS
from workflows.events import EVENTS
from workflows.roles import Role
from workflows.stages import Stage
from workflows.state import Authority, HoldOutcome, HoldReason, PermissionKind

OTHERS = i18n.TRANSLATED


@pytest.fixture(scope="module")
def wanted() -> catalogues.Catalog:
    return catalogues.template()


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_waits_for_a_translator(code: str, wanted: catalogues.Catalog) -> None:
    assert catalogues.untranslated(catalogues.read(code), wanted) == []


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_kept_that_no_page_says(code: str, wanted: catalogues.Catalog) -> None:
    assert catalogues.text(code, catalogues.read(code), wanted) == i18n.catalogue_path(code).read_bytes()


@pytest.mark.parametrize("code", OTHERS)
def test_every_figure_of_a_sentence_survives_translation(code: str) -> None:
    for message in catalogues.read(code):
        if not message.id:
            continue
        ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string)
        names = set(re.findall(r"%\((\w+)\)s", " ".join(ids)))
        for string in strings:
            assert set(re.findall(r"%\((\w+)\)s", string)) == names, (code, ids[0])
            assert "%" not in re.sub(r"%\(\w+\)s", "", string), (code, ids[0])


@pytest.mark.parametrize("code", OTHERS)
def test_scripts_are_the_right_ones(code: str) -> None:
    script = {"ru": r"[А-Яа-яЁё]", "uz": r"[A-Za-z]", "fa": r"[\u0600-\u06ff]", "ps": r"[\u0600-\u06ff]"}[
        code
    ]
    alone = {"CMR", "DD.MM.YYYY"}
    for message in catalogues.read(code):
        if not message.id or not message.string:
            continue
        text = message.string if isinstance(message.string, str) else message.string[0]
        bare = re.sub(r"%\(\w+\)s", "", text)
        if re.search(r"\w{2}", bare) and bare.strip() not in alone:
            assert re.search(script, bare), (code, message.id)
        if code == "uz":
            assert not re.search(r"[А-Яа-я'’‘`]", re.sub(r"`[^`]*`", "", text)), (message.id, text)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("stage", list(Stage)),
        ("role", list(Role)),
        ("authority", list(Authority)),
        ("hold_reason", list(HoldReason)),
        ("hold_outcome", list(HoldOutcome)),
        ("permission", list(PermissionKind)),
        ("event", list(EVENTS)),
    ],
)
def test_every_code_has_words(kind: str, codes: list[str]) -> None:
    assert [code for code in codes if str(code) not in WORDS[kind]] == []
