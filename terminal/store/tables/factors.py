"""What proves a person beside the password: one-time codes, passkeys, badges; and sign-ins that are not finished."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big


class FactorRow(SQLModel, table=True):
    """One way of a person to prove who they are. Which columns are filled depends on ``kind``."""

    __tablename__ = "factor"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    kind: str  # "totp", "recovery", "passkey", "oidc"
    name: str
    public: bytes | None = Field(
        default=None, unique=True
    )  # credential id; hash of a recovery code or subject
    secret: bytes | None = None  # TOTP: sealed; passkey: its public key
    counter: int = Field(default=0, sa_type=Big)  # last step of a TOTP, signatures of a passkey
    created_at: str
    used_at: str | None = None


class BadgeRow(SQLModel, table=True):
    """A badge, found by the hash of its code. A person has one."""

    __tablename__ = "badge"

    code_hash: bytes = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", unique=True)
    created_by: str
    created_at: str


class PinRow(SQLModel, table=True):
    """The PIN of a person, as argon2id; it outlives a lost badge."""

    __tablename__ = "pin"

    person_id: str = Field(foreign_key="person.id", primary_key=True)
    pin_hash: str
    failed: int = 0
    locked_until: str | None = None


class StartedRow(SQLModel, table=True):
    """A sign-in or registration that waits for its second half; spent once, worthless after minutes."""

    __tablename__ = "started"

    token_hash: bytes = Field(primary_key=True)
    purpose: str
    person_id: str | None = None
    expires_at: str = Field(index=True)
    facts: str  # JSON: a challenge, a nonce, where to go on
