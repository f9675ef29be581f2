"""Every page of the gallery."""

from __future__ import annotations

from tests.terminal.web import shown, shown_desk, shown_inspect, shown_letters, shown_sign_in, shown_wall

PAGES = {
    **shown.PAGES,
    **shown_desk.PAGES,
    **shown_inspect.PAGES,
    **shown_letters.PAGES,
    **shown_sign_in.PAGES,
    **shown_wall.PAGES,
}
