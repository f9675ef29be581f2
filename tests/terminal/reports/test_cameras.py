"""The camera and the time stand beside what happened at a point that is watched."""

from __future__ import annotations

import shutil
from pathlib import Path

from terminal.cases import cameras
from terminal.demo.place import POINTS
from terminal.settings import build
from terminal.store import url_of
from tests.support.app import terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.evidence.conftest import truck
from tests.terminal.web.with_browser import Browser

__all__ = ["sqlite_template"]
WATCHED = [{**point, "cameras": ["NVR1/ch4"]} if point["id"] == "gate-1" else point for point in POINTS]


def test_a_clip_can_be_found(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "karvon.sqlite3")
    with terminal_at(url_of(tmp_path / "karvon.sqlite3"), tmp_path, points=WATCHED) as terminal:
        first = [entry for entry in terminal.journal() if entry.type == "CamerasNamed"]
        assert [entry.data["points"] for entry in first] == [{"gate-1": ["NVR1/ch4"]}]
        made = truck(terminal, "CAM-1", 1, ready=False)
        made.arrive()
        entered = next(entry for entry in terminal.journal() if entry.type == "VisitEntered")
        assert entered.facts["point"] == "gate-1"
        page = Browser(terminal, terminal.person("auditor")).open(f"/visits/{made.visit}")
        assert "Clip: NVR1/ch4, 16.11.2026 12:00" in page
        other = build({"data_dir": ".", "points": POINTS}, base=tmp_path)
        terminal.write(lambda books: cameras.note(books, other, terminal.clock.now))
        with terminal.service.reading() as reader:
            assert cameras.at_point(reader, "gate-1", entered.seq) == ("NVR1/ch4",)
            assert cameras.at_point(reader, "gate-1", reader.head().seq) == ()
            assert cameras.at_point(reader, None, entered.seq) == ()
            assert not cameras.changed(reader, other)
