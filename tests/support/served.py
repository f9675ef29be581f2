"""A terminal behind a real socket, for those who come from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.support.app import Terminal


@contextmanager
def served(terminal: Terminal, app: ASGIApp | None = None) -> Iterator[int]:
    """The port of this running terminal; ``app`` stands in front of its application."""
    config = uvicorn.Config(
        app or terminal.app,
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_level="warning",
        proxy_headers=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    running = asyncio.run_coroutine_threadsafe(server.serve([socket]), terminal.loop)
    try:
        yield int(socket.getsockname()[1])
    finally:
        server.should_exit = True
        running.result(60)
