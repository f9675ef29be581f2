"""Stories in which a server, its database, or both are killed while handhelds scan."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from terminal.store import url_of
from tests.crash.clusters import Cluster
from tests.crash.servers import Nursery, Server
from tests.crash.stations import Result, Station, compare, prepare, scanning, spot_checks
from tests.support.app import terminal_at
from tests.support.gateways import free_port

CONFIG = """
data_dir = "."
database = "{url}"

[[points]]
id = "tally-1"
name = "Dock 1, tally"
steps = ["TALLY", "UNLOAD"]
"""


@dataclass
class Story:
    """One server with goods, and handhelds that are about to scan."""

    scenario: str
    url: str
    server: Server
    stations: list[Station]
    chance: random.Random
    before: int

    def a_moment(self, longest_s: float) -> None:
        """Let them scan; the moment of death is what these stories are about."""
        time.sleep(self.chance.uniform(0.05, longest_s))

    @contextmanager
    def scanning(self) -> Iterator[None]:
        """Everybody scans, from a living server to a living server."""
        self.server.start()
        try:
            with scanning(self.stations, self.server.wait):
                yield
        finally:
            self.server.end()

    def result(self, kills: int, note: str = "", url: str | None = None) -> Result:
        """Hold every promise against the books."""
        return compare(self.scenario, url or self.url, self.stations, self.before, kills, note)


def told(
    scenario: str, folder: Path, url: str, seed: int, nursery: Nursery, clock: Path | None = None
) -> Story:
    """Prepare a story: goods and handhelds in the store, a configuration, a server that does not run yet."""
    with terminal_at(url, folder) as terminal:
        labels, tokens = prepare(terminal)
        before = len(terminal.journal())
    config = folder / "karvon.toml"
    config.write_text(CONFIG.format(url=url), encoding="utf-8")
    server = Server(nursery, config, free_port(), clock)
    stations = [
        Station(server.address, headers, labels, random.Random(seed + n)) for n, headers in enumerate(tokens)
    ]
    return Story(scenario, url, server, stations, random.Random(seed), before)


def _server(scenario: str, folder: Path, url: str, kills: int, seed: int, longest_s: float) -> Result:
    with Nursery() as nursery:
        story = told(scenario, folder, url, seed, nursery)
        with story.scanning():
            for _ in range(kills):
                story.a_moment(longest_s)
                story.server.kill()
                story.server.start()
                spot_checks(story.stations, story.chance)
        assert sum(station.repeated for station in story.stations) > 0, "nobody noticed a death"
        return story.result(story.server.kills)


def server_on_sqlite(folder: Path, kills: int, seed: int = 1, longest_s: float = 1.0) -> Result:
    """The server on SQLite is killed, again and again."""
    url = url_of(folder / "karvon.sqlite3")
    return _server("server on SQLite", folder, url, kills, seed, longest_s)


def server_on_postgres(folder: Path, kills: int, seed: int = 2, longest_s: float = 1.0) -> Result:
    """The server on PostgreSQL is killed, again and again."""
    with Cluster() as cluster:
        url = cluster.make().url()
        return _server("server on PostgreSQL", folder, url, kills, seed, longest_s)


def database(folder: Path, kills: int, seed: int = 3, longest_s: float = 1.0) -> Result:
    """The database itself is killed and started while the server goes on."""
    with Cluster() as cluster, Nursery() as nursery:
        story = told("PostgreSQL itself", folder, cluster.make().url(), seed, nursery)
        with story.scanning():
            for number in range(kills):
                story.a_moment(longest_s)
                cluster.kill()
                if number % 3 == 2:  # and sometimes both at once
                    story.server.kill()
                cluster.start()
                if number % 3 == 2:
                    story.server.begin()
                story.server.wait()
                spot_checks(story.stations, story.chance)
        put_off = [answer for station in story.stations for answer in station.put_off]
        return story.result(cluster.kills + story.server.kills, f"{len(put_off)} answers 503")


def failover(folder: Path, seed: int = 4, longest_s: float = 2.0) -> Result:
    """The primary is lost for ever; the standby that has every acknowledged commit takes over, the server goes on."""
    with ExitStack() as at_the_end:
        primary = at_the_end.enter_context(Cluster()).make()
        standby = at_the_end.enter_context(primary.standby())
        nursery = at_the_end.enter_context(Nursery())
        story = told("fail-over to a standby", folder, primary.url(), seed, nursery)
        either = f"postgresql://postgres@/postgres?host={primary.folder},{standby.folder}&target_session_attrs=read-write"
        (folder / "karvon.toml").write_text(CONFIG.format(url=either), encoding="utf-8")
        with story.scanning():
            story.a_moment(longest_s)
            primary.kill()
            standby.promote()
            story.server.wait()
            story.a_moment(longest_s)
        return story.result(primary.kills, "synchronous standby promoted", standby.url())
