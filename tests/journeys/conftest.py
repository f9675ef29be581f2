"""A browser for the journeys; each journey starts the processes it needs."""

from __future__ import annotations

from tests.terminal.web.conftest import assets, browser

__all__ = ["assets", "browser"]
