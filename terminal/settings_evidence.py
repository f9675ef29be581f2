"""``[[witnesses]]``: who signs the journal from outside; ``[retention]``: how long what is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Years = Annotated[int, Field(ge=1, le=100)]


class RetentionSettings(BaseModel):
    """``[retention]``: years after which `karvon purge` deletes, unless a case is open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: names and travel documents of drivers
    driver_years: Years = 2
    #: pictures: of vehicles, goods, inspections
    image_years: Years = 1
    #: who signed in from where, figures of devices; the history of the goods itself stays
    journal_years: Years = 5


class WitnessSettings(BaseModel):
    """``[[witnesses]]``: an address or a folder (a USB stick), the key it signs with, minutes between two signatures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[str, Field(min_length=1, max_length=400)]
    #: verifier key of the witness; a folder brings its own
    key: Annotated[str, Field(max_length=400, validate_default=True)] = ""
    every_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 15

    @field_validator("key")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        if not value and str(info.data.get("to", "")).startswith(("http://", "https://")):
            raise ValueError("is needed for a witness at an address: `karvon witness init` printed it there")
        return value
