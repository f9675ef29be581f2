"""A terminal for a day: ``karvon serve`` on simulated devices, with its people and its bays, and nothing in its books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from terminal.demo.starting import seed_place
from terminal.running import opened
from terminal.settings import read
from tests.journeys.machines import Simulators, verified
from tests.journeys.test_killed import Server, configuration, free_port

#: the secret of this installation, from which the random draw of red lanes follows: none of a day's loads is drawn
SECRET = b"a day on which nobody is drawn.."


@dataclass(frozen=True)
class Standing:
    """The running server with its devices; ``data`` is its folder."""

    server: Server
    devices: Simulators
    data: Path
    port: int


@contextmanager
def standing(folder: Path) -> Iterator[Standing]:
    """A terminal that stands until the block ends; then its journal and every row are proven."""
    wires, data = folder / "w", folder / "data"
    wires.mkdir()
    data.mkdir()
    port = free_port()
    with Simulators(wires) as devices:
        config = configuration(data, devices.urls, port)
        (data / "secret.key").write_bytes(SECRET)
        with opened(read(config)) as service:
            seed_place(service)
        server = Server(config, port)
        try:
            yield Standing(server, devices, data, port)
        finally:
            server.process.close()
    assert verified(data)["ok"]
