"""``[sign_in]`` and ``[oidc]``: how people prove who they are, beside their password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from workflows.roles import Role

_HOST = r"^([a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?)*)?$"


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignInSettings(_Closed):
    """``[sign_in]``: second factors, passkeys, and badges at stations."""

    #: roles whose people must have a second factor; the invented people of the demo need none
    second_factor: tuple[Role, ...] = ()
    #: the domain that passkeys are bound to (WebAuthn's RP ID); none: the host of ``terminal.public_url``
    passkey_domain: Annotated[str, Field(max_length=253, pattern=_HOST)] = ""
    #: minutes without a request after which a station asks for the badge again
    station_idle_minutes: Annotated[int, Field(ge=2, le=240)] = 10


class OidcSettings(_Closed):
    """``[oidc]``: sign-in through another organisation's directory; off without an issuer.

    The secret of the client comes from ``KARVON_OIDC_SECRET``, never from the file.
    """

    issuer: Annotated[str, Field(max_length=300, pattern=r"^(https?://[^\s?#]+)?$")] = ""
    client_id: Annotated[str, Field(max_length=200)] = ""
    #: what the button on the sign-in page says
    name: Annotated[str, Field(max_length=60)] = "Single sign-on"
    #: the claim that holds the user name, and the one that holds the groups
    login_claim: Annotated[str, Field(min_length=1, max_length=60)] = "preferred_username"
    groups_claim: Annotated[str, Field(min_length=1, max_length=60)] = "groups"
    #: group there = role here; whoever is in none of them is not let in
    roles: Mapping[str, Role] = {}

    @field_validator("issuer")
    @classmethod
    def _safe(cls, value: str) -> str:
        host = value.removeprefix("http://").partition("/")[0].partition(":")[0]
        if value.startswith("http://") and host not in ("localhost", "127.0.0.1"):
            raise ValueError("must begin with https://")
        return value

    @field_validator("client_id")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("issuer") and not value:
            raise ValueError("is needed beside `issuer`")
        return value

    @field_validator("roles")
    @classmethod
    def _ours(cls, value: Mapping[str, Role]) -> Mapping[str, Role]:
        if Role.AGENCY_USER in value.values():
            raise ValueError("cannot give `agency_user`: its organisation is set by an administrator")
        return value

    @property
    def on(self) -> bool:
        """True when people may sign in this way."""
        return bool(self.issuer)
