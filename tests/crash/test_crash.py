"""Every story of ``make crash``, short: what was acknowledged is there once, word for word, whatever was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.__main__ import STORIES

#: story -> how often something is killed (or goes wrong) in the short run
SHORT = {"sqlite": 4, "disk": 2, "clock": 3, "log": 3, "twice": 1, "gateway": 4, "line": 1, "crowd": 1}
ON_POSTGRES = {"postgres": 3, "database": 3, "failover": 1}


def tell(name: str, folder: Path, often: int) -> None:
    story, _ = STORIES[name]
    result = story(folder, often)
    assert result.good, result


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SHORT)
def test_every_promise_is_kept_once(name: str, tmp_path: Path) -> None:
    tell(name, tmp_path, SHORT[name])


@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ON_POSTGRES)
def test_every_promise_is_kept_once_on_postgres(name: str, tmp_path: Path) -> None:
    tell(name, tmp_path, ON_POSTGRES[name])


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_every_promise_of_a_browser_is_kept_once(tmp_path: Path) -> None:
    tell("browser", tmp_path, 2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", STORIES)
def test_every_promise_is_kept_through_many_deaths(name: str, tmp_path: Path) -> None:
    tell(name, tmp_path, STORIES[name][1] // 2 or 1)


def test_stories_are_told_short_as_well() -> None:
    assert {*SHORT, *ON_POSTGRES, "browser"} == set(STORIES)
