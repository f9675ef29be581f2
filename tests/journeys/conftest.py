"""One demo terminal and a browser for the journeys; those that break things start processes of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.journeys.machines import Demo, verified
from tests.journeys.people import Office, office
from tests.terminal.web.conftest import assets, browser

__all__ = ["assets", "browser"]


@pytest.fixture(scope="session")
def demo(assets: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo terminal on a port of its own; at its end the journal and every row are proven."""
    data = tmp_path_factory.mktemp("journey")
    with Demo(data) as running:
        running.ready()
        yield running
    assert verified(data)["ok"]


@pytest.fixture
def staff(browser: Browser, demo: Demo) -> Iterator[Office]:
    """Everybody at work."""
    with office(browser, demo.address) as people:
        yield people
