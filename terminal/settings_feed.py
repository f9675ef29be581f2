"""``[[webhooks]]``: other houses that are told as the terminal works, a situation centre for example."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class WebhookSettings(BaseModel):
    """``[[webhooks]]``: a name, the address that is told, and how often it is told at least."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
    to: Annotated[str, Field(min_length=1, max_length=400)]
    #: minutes after which figures are sent though nothing happened, so that silence means trouble
    every_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 5

    @field_validator("to")
    @classmethod
    def _reachable(cls, value: str) -> str:
        address = urlsplit(value)
        if address.scheme == "https" and address.hostname and not address.username:
            return value
        if address.scheme == "http" and address.hostname in _HERE:
            return value
        raise ValueError(
            "must be an https address without a password in it (http only for this machine itself)"
        )
