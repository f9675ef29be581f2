"""Who may come in: persons, their sessions, devices, one-time enrolments. Secrets only as hashes."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class PersonRow(SQLModel, table=True):
    """Somebody who signs in. ``roles`` is a JSON list of role words."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    login: str = Field(unique=True)  # folded
    name: str
    language: str
    organisation: str | None = None
    roles: str
    password_hash: str | None = None  # None until the person has set one
    failed: int = 0  # wrong passwords in a row
    locked_until: str | None = None
    active: bool
    created_at: str


class SessionRow(SQLModel, table=True):
    """One signed-in browser or handheld; found by the hash of its token."""

    __tablename__ = "person_session"

    token_hash: bytes = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    created_at: str
    seen_at: str
    expires_at: str = Field(index=True)
    facts: str  # JSON: address, browser, point


class DeviceRow(SQLModel, table=True):
    """A device or gateway that may write. ``steps`` and ``scopes`` are JSON lists."""

    __tablename__ = "device"

    id: str = Field(primary_key=True)
    kind: str
    name: str
    point: str | None = None
    steps: str
    scopes: str
    token_hash: bytes | None = Field(default=None, unique=True)  # None until enrolled, and once revoked
    active: bool
    created_at: str
    seen_at: str | None = None
    version: int  # grows with each change, so that caches of tokens notice


class EnrolmentRow(SQLModel, table=True):
    """A one-time link or QR code: proves once that its holder may become ``subject``."""

    __tablename__ = "enrolment"

    code_hash: bytes = Field(primary_key=True)
    subject: str = Field(index=True)  # "device:ID" or "person:ID"
    created_by: str
    created_at: str
    expires_at: str
    used_at: str | None = None
