"""Pages that are shown from a demo after its busy morning: who opens each, and where it is.

Together with the invented pages of :mod:`tests.terminal.web.shown_all` these are every page of the product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext

from terminal.api.needs import SESSION_COOKIE
from tests.journeys.machines import Voice


@dataclass
class World:
    """The demo, and everybody who has signed in to it."""

    address: str
    voices: dict[str, Voice] = field(default_factory=dict)

    def voice(self, login: str) -> Voice:
        """Somebody of the demo, signed in once."""
        if login not in self.voices:
            self.voices[login] = Voice(self.address, login)
        return self.voices[login]

    def get(self, login: str, path: str, **query: Any) -> Any:
        """What the API tells somebody."""
        return self.voice(login).get(path, **query)

    def context(self, browser: Browser, login: str | None, code: str, **more: Any) -> BrowserContext:
        """A browser of somebody (None: nobody) that reads this language and does not redraw by itself."""
        made = browser.new_context(**more)
        made.route("**/api/v1/stream*", lambda route: route.abort())
        cookies = {"karvon_lang": code}
        if login is not None:
            cookies[SESSION_COOKIE] = self.voice(login).client.cookies[SESSION_COOKIE]
        made.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        return made

    def close(self) -> None:
        """Everybody goes."""
        for voice in self.voices.values():
            voice.close()

    # --- things that the addresses name ---------------------------------------------------------------
    def link(self) -> str:
        """Where the receiver of a load opens it, as an address of this server."""
        told = self.get("robiya", "/visits/V-DEMO-9/handover-link")
        return urlsplit(told["url"]).path

    def code(self) -> str:
        """The code of that link, as it stands on a sheet."""
        return str(self.get("robiya", "/visits/V-DEMO-9/handover-link")["code"])

    def draft(self) -> str:
        """The announcement that Agency A has not submitted."""
        found = self.get("agency-a", "/announcements")
        return str(next(one["id"] for one in found if one["standing"] == "DRAFT"))

    def tracking(self) -> str:
        """The code under which a submitted consignment is followed."""
        return str(self.get("agency-a", "/consignments/AGA-UZ-2026-0420")["tracking"])

    def count(self) -> str:
        """The stock count that is under way."""
        found = self.get("kamola", "/counts")
        return str(next(one["id"] for one in found if one["state"] == "OPEN"))

    def unit(self) -> str:
        """A unit that stands in the warehouse."""
        return str(self.get("kamola", "/picks/AGA-UZ-2026-0405")[0]["label"])


@dataclass(frozen=True)
class Seen:
    """One page: its template, who opens it, and its address in a world."""

    template: str
    login: str | None
    path: str | Callable[[World], str]

    def address(self, world: World) -> str:
        """The whole address."""
        return world.address + (self.path if isinstance(self.path, str) else self.path(world))


SEEN: Mapping[str, Seen] = {
    "axles": Seen("axles.html", "kamola", "/visits/V-DEMO-13/axles"),
    "busy-count": Seen("count.html", "kamola", lambda w: f"/counts/{w.count()}"),
    "counts": Seen("counts.html", "kamola", "/counts"),
    "cut": Seen("cut.html", "gulnora", "/rail/C-DEMO-1"),
    "data": Seen("data.html", "admin", "/data"),
    "data-table": Seen("data_table.html", "admin", "/data/tolerances.json"),
    "docs": Seen("docs.html", "admin", "/docs"),
    "hand": Seen("hand.html", None, World.link),
    "hit-rates": Seen("hit_rates.html", "charos", "/lanes/report"),
    "lane": Seen("lane.html", "charos", "/lanes/of?consignment=AGD-UZ-2026-0414"),
    "lanes": Seen("lanes.html", "charos", "/lanes"),
    "losses": Seen("losses.html", "kamola", "/losses"),
    "organisations": Seen("organisations.html", "admin", "/organisations"),
    "pass": Seen("pass.html", None, "/pass"),
    "picks": Seen("picks.html", "kamola", "/picks/AGA-UZ-2026-0405"),
    "places": Seen("places.html", "admin", "/stock/places"),
    "portal": Seen("portal.html", "agency-a", "/portal"),
    "portal-consignment": Seen(
        "portal_consignment.html", "agency-a", "/portal/consignments/AGA-UZ-2026-0420"
    ),
    "portal-draft": Seen("portal_draft.html", "agency-a", lambda w: f"/portal/drafts/{w.draft()}"),
    "priorities": Seen("priorities.html", "robiya", "/priorities"),
    "profiles": Seen("profiles.html", "charos", "/lanes/profiles"),
    "rail": Seen("rail.html", "gulnora", "/rail"),
    "report": Seen("report.html", "robiya", "/reports/terminal"),
    "reports": Seen("reports.html", "robiya", "/reports"),
    "search": Seen("search.html", "dilnoza", "/search?q=2026"),
    "shift": Seen("shift.html", "kamola", "/shift"),
    "slip": Seen("slip.html", "gulnora", "/visits/V-DEMO-13/slip"),
    "stock-map": Seen("stock_map.html", "kamola", "/stock"),
    "tally-sheet": Seen("tally_sheet.html", "timur", "/tallies/AGB-UZ-2026-0411"),
    "tares": Seen("tares.html", "wali", "/tares"),
    "track": Seen("track.html", None, lambda w: f"/track/{w.tracking()}"),
    "transload": Seen("transload.html", "timur", "/rail/transload"),
    "trip": Seen("trip.html", "dilnoza", "/trips/V-DEMO-3"),
    "trip-sheet": Seen("trip_sheet.html", "dilnoza", lambda w: f"/trips/V-DEMO-9/sheet?code={w.code()}"),
    "trips": Seen("trips.html", "situation", "/trips"),
    "trouble": Seen("trouble.html", "dilnoza", "/trouble"),
    "unit": Seen("unit.html", "kamola", lambda w: f"/units/{w.unit()}"),
    "unit-scale": Seen("unit_scale.html", "kamola", "/unit-scale"),
    "watch-list": Seen("watch_list.html", "bahrom", "/watch-list"),
    "welcome": Seen("welcome.html", None, "/welcome"),
    "workload": Seen("workload.html", "situation", "/workload"),
    "busy-wall": Seen("wall.html", "situation", "/wall"),
    "busy-board": Seen("board.html", "situation", "/"),
    "busy-weighbridge": Seen("weighbridge.html", "wali", "/weighbridge"),
    "busy-visits": Seen("visits.html", "gulnora", "/visits"),
}
