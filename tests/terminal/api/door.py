"""One endpoint, as the table of :mod:`tests.terminal.api.doors` knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.app import Terminal
from workflows.roles import Role

#: what somebody who may not gets: a status, or a refusal as an answer
Denied = Literal["403", "404", "refused"]


@dataclass(frozen=True)
class Door:
    """One endpoint: who may, what the others get, and a request that can be asked."""

    may: frozenset[Role]
    denied: Denied = "403"
    body: Callable[[Terminal], Mapping[str, Any]] | None = None
    send: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    device: Literal["may", "403", "404", "refused"] = "403"
    hidden: frozenset[Role] = frozenset()  # who gets a 404: for them there is no such thing
    open: bool = False  # asked before anybody is signed in
    endless: bool = False  # a stream: asked over a real connection elsewhere
