"""Opening a terminal for a server or a command: settings to a :class:`Service`, and the server around it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from devices.plugins import load_plugins
from terminal import logs, tokens
from terminal.judging import make_judge
from terminal.service import Service
from terminal.settings import Settings, build, read
from terminal.settings_logging import LoggingSettings
from terminal.store import Store


def utc_now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def settings_of(config: Path | None, data: Path | None) -> Settings:
    """The settings of a configuration file, or the defaults for a data folder. Raises :class:`ConfigProblem`.

    Protocols of installed third-party packages count like ours.
    """
    load_plugins()
    if config is not None:
        return read(config)
    base = data if data is not None else Path("var")
    inside = base / "karvon.toml"
    if inside.is_file():
        return read(inside)
    return build({"data_dir": "."}, base=base)


def open_service(
    settings: Settings, *, writing: bool = True, clock: Callable[[], datetime] = utc_now
) -> Service:
    """The service of these settings, its store open. Raises what :meth:`Store.open` raises."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database, writing=writing, clock=clock)
    secret: list[bytes] = []

    def lazily() -> bytes:
        if not secret:
            secret.append(tokens.server_secret(settings.data_dir))
        return secret[0]

    return Service(settings, store, make_judge(settings, clock, lazily), clock)


@contextmanager
def opened(settings: Settings, *, writing: bool = True) -> Iterator[Service]:
    """The service of these settings for one command; the store is closed afterwards."""
    service = open_service(settings, writing=writing)
    try:
        yield service
    finally:
        service.store.close()


def server(
    service: Service, *, port: int | None = None, quiet: bool = False, alone: bool = True
) -> uvicorn.Server:
    """A server around the service, not started yet. ``port`` 0 takes a free one.

    ``alone`` says that every scan may be answered by this process.
    """
    from terminal.api.scan_line import protocol_for  # noqa: PLC0415 -- the web stack loads only for servers
    from terminal.app import create_app  # noqa: PLC0415

    # A thread that reads a long list, judges it or writes a report hands over to the scans at once, and not after 5 ms.
    sys.setswitchinterval(0.0005)
    configured = service.settings.server
    app = create_app(service)
    seen = observed(app, service.settings.logging)
    config = uvicorn.Config(
        seen,
        # the shortest way of a scan tells nobody of requests
        http=protocol_for(service) if alone and seen is app else "auto",  # type: ignore[arg-type]  # a class, made at run time
        log_config=None,
        host=configured.host,
        port=configured.port if port is None else port,
        log_level="warning" if quiet else "info",
        access_log=False,
        proxy_headers=bool(configured.trusted_proxies),
        forwarded_allow_ips=list(configured.trusted_proxies) or None,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
    )
    return uvicorn.Server(config)


def address_of(running: uvicorn.Server) -> str:
    """The address of a started server, as a browser takes it."""
    host, port = running.servers[0].sockets[0].getsockname()[:2]
    shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104 -- compared, not bound
    return f"http://{shown}:{port}/"


def set_up_logging(settings: LoggingSettings = LoggingSettings()) -> None:  # noqa: B008 -- frozen
    """Speak on stderr, as :func:`terminal.logs.set_up`."""
    logs.set_up(settings)


def observed(app: ASGIApp, settings: LoggingSettings) -> ASGIApp:
    """The application with a line or a span for each request, where that is configured."""
    if not settings.requests and not settings.traces:
        return app
    return logs.Requests(app, settings, logs.tracer() if settings.traces else None)
