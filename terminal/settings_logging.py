"""``[logging]``: how the program speaks to whoever runs the machine."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class LoggingSettings(BaseModel):
    """What is written to standard error, and whether requests are traced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: ``plain`` lines for people, or one JSON object a line for programs
    format: Literal["plain", "json"] = "plain"
    level: Literal["debug", "info", "warning", "error"] = "info"
    #: a line for each request: its number, endpoint, status, time, and the journal entries that came of it
    requests: bool = False
    #: a span for each request, for whatever OpenTelemetry exporter runs in this process
    traces: bool = False
