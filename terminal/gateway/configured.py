"""``gateway.toml``: typed, closed, loud at start, as ``karvon.toml`` is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devices.config import AnyDevice, load_devices
from devices.errors import ConfigProblem
from devices.plugins import load_plugins

Seconds = Annotated[float, Field(gt=0, le=3600)]


class GatewaySettings(BaseModel):
    """``[gateway]``: where the queue lies, how large it may grow, how patient the gateway is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: holds queue, token and state; a relative path lies beside the file
    data_dir: str = "gateway-data"
    #: the queue takes no more readings beyond this
    limit_mb: Annotated[int, Field(ge=1, le=1_000_000)] = 512
    #: nor when less than this is free on its disk
    keep_free_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 200
    #: readings sent together
    batch: Annotated[int, Field(ge=1, le=200)] = 100
    #: how long one request may take
    timeout_s: Seconds = 10.0
    #: longest pause between two attempts to reach the terminal
    retry_s: Seconds = 30.0
    #: a device is told "attention" when the verdict takes longer than this
    verdict_s: Seconds = 2.0
    #: how long a gateway that is told to stop tries to send what is left
    drain_s: Annotated[float, Field(ge=0, le=300)] = 5.0
    #: a reading at which the terminal fails (500) again and again is parked after this long
    poison_s: Annotated[float, Field(gt=0, le=7 * 86400)] = 3600.0
    #: certificate authority of the terminal, PEM; the system's authorities when left out
    ca_file: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: GatewaySettings = GatewaySettings()
    devices: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Configured:
    """A gate PC as configured."""

    settings: GatewaySettings
    devices: tuple[AnyDevice, ...]
    data_dir: Path
    ca_file: Path | None = None

    @property
    def queue(self) -> Path:
        """The file of the queue."""
        return self.data_dir / "queue.sqlite3"

    @property
    def limit_bytes(self) -> int:
        """The limit of the queue."""
        return self.settings.limit_mb << 20

    @property
    def keep_free_bytes(self) -> int:
        """What must stay free on the disk."""
        return self.settings.keep_free_mb << 20


def read(path: Path) -> Configured:
    """The configuration in a TOML file. Raises :class:`ConfigProblem` with every mistake found."""
    load_plugins()
    try:
        file = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigProblem([f"{path}: {error}"]) from error
    except ValidationError as error:
        raise ConfigProblem([_sentence(item) for item in error.errors()]) from error
    base = path.resolve().parent
    ca_file = file.gateway.ca_file
    return Configured(
        file.gateway,
        tuple(load_devices(file.devices)),
        base / file.gateway.data_dir,
        base / ca_file if ca_file is not None else None,
    )


def _sentence(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return f"`{key}` is not a known key; remove it or correct its spelling"
    return f"`{key}`: {item['msg']} (it is {item['input']!r})"
