"""Every page in every language, without a browser: strict policy, tokens in forms, icons that exist."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from terminal.web import rendering
from terminal.web.build_assets import ASSETS
from terminal.web.i18n import LANGUAGES
from tests.terminal.web.shown import CONSIGNMENT, OFFICER
from tests.terminal.web.shown_all import PAGES

EVERY = [(name, code) for name in PAGES for code in LANGUAGES]


def html(name: str, code: str) -> str:
    template, user, path, context = PAGES[name]
    return rendering.render(template, lang=code, path=path, user=user, csrf_token="token-1", **context)


@pytest.mark.parametrize(("name", "code"), EVERY)
def test_nothing_inline_that_the_policy_would_stop(name: str, code: str) -> None:
    text = html(name, code)
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "<style" not in text
    assert "javascript:" not in text


@pytest.mark.parametrize(("name", "code"), EVERY)
def test_language_and_direction_are_declared(name: str, code: str) -> None:
    language = LANGUAGES[code]
    assert f'<html lang="{language.html}" dir="{language.dir}"' in html(name, code)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_changes_something_carries_token_and_nonce(name: str) -> None:
    text = html(name, "en")
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.S):
        if PAGES[name][0] in ("set_password.html", "enrolling.html"):
            continue  # nobody is signed in, and the link itself is the secret
        assert 'name="csrf" value="token-1"' in form, form
        assert re.search(r'name="nonce" value="[0-9a-f-]{36}"', form), form


@pytest.mark.parametrize("name", PAGES)
def test_every_icon_is_in_the_sprite(name: str) -> None:
    known = set((ASSETS / "icons.txt").read_text("utf-8").split())
    assert set(re.findall(r"icons\.svg#([a-z0-9-]+)", html(name, "en"))) <= known


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_labels_point_at_fields(name: str) -> None:
    text = re.sub(r"<template.*?</template>", "", html(name, "en"), flags=re.S)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    assert set(re.findall(r'<label[^>]*\sfor="([^"]+)"', text)) <= set(ids)


def test_uzbek_letters_are_printed_as_they_should_be() -> None:
    for name in PAGES:
        for quote in ("o'", "g'", "o’", "g’", "o‘", "g‘"):
            assert quote not in html(name, "uz").replace("d.karimova", ""), (name, quote)


def test_no_text_of_the_page_is_left_in_english_elsewhere() -> None:
    for code in ("ru", "uz", "fa", "ps"):
        text = html("weighbridge", code)
        assert "Take the weight" not in text
        assert "Moving, wait" not in text


def test_headers_allow_nothing_foreign_and_wasm_only_where_asked() -> None:
    strict = rendering.page_headers()
    assert "default-src 'none'" in strict["Content-Security-Policy"]
    assert "unsafe" not in strict["Content-Security-Policy"]
    assert "camera=()" in strict["Permissions-Policy"]
    camera = rendering.page_headers(wasm=True)
    assert "script-src 'self' 'wasm-unsafe-eval';" in camera["Content-Security-Policy"]
    assert "camera=(self)" in camera["Permissions-Policy"]


def test_what_a_reader_may_not_do_is_not_in_their_menu() -> None:
    gate = html("visits", "en")
    assert "/gate" in gate
    assert 'href="/people"' not in gate
    assert 'href="/journal"' not in gate
    assert 'href="/people"' in html("people", "en")


def test_names_from_outside_are_escaped() -> None:
    evil = replace(CONSIGNMENT, sender='<img src=x onerror="alert(1)">')
    text = rendering.render("consignment.html", lang="en", path="/", user=OFFICER, c=evil, seq=1, answer=None)
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text
