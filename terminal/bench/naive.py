"""The endpoint that most people would write: SQLModel, a session a request, one commit a scan. Measured beside ours.

It does what a scan needs and nothing more: nonce, unit, consignment and its holds looked up, an event written, the unit
moved, the answer kept under the nonce; durable, on the same database. No journal chain, no rights, no sentences.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import Engine, event, insert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, Session, SQLModel, create_engine, select
from sqlmodel.ext.asyncio.session import AsyncSession

from terminal.bench.store import label

REF = "NAIVE-1"


class NaiveConsignment(SQLModel, table=True):
    """A consignment."""

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(unique=True)
    released: bool = False


class NaiveHold(SQLModel, table=True):
    """A hold on a consignment."""

    id: int | None = Field(default=None, primary_key=True)
    consignment_id: int = Field(foreign_key="naiveconsignment.id", index=True)
    open: bool = True


class NaiveUnit(SQLModel, table=True):
    """A handling unit."""

    id: int | None = Field(default=None, primary_key=True)
    label: str = Field(unique=True)
    consignment_id: int = Field(foreign_key="naiveconsignment.id", index=True)
    stage: str = "TALLY"
    place: str | None = None


class NaiveEvent(SQLModel, table=True):
    """Something that happened to a unit."""

    id: int | None = Field(default=None, primary_key=True)
    nonce: str = Field(unique=True)
    unit_id: int = Field(foreign_key="naiveunit.id", index=True)
    device: str
    step: str
    point: str
    place: str | None = None
    scanned_at: datetime
    recorded_at: datetime


class NaiveScan(BaseModel):
    """The body: as ours."""

    nonce: str
    code: str
    step: str
    point: str
    scanned_at: datetime
    unit_context: dict[str, Any]


def fill(engine: Engine, units: int) -> None:
    """The tables, with one consignment and its units."""
    SQLModel.metadata.create_all(
        engine, tables=[SQLModel.metadata.tables[f"naive{name}"] for name in _TABLES]
    )
    with Session(engine) as session:
        session.add(NaiveConsignment(id=1, ref=REF))
        session.commit()
        for first in range(0, units, 10_000):
            rows = [
                {"label": label(n), "consignment_id": 1, "stage": "TALLY"}
                for n in range(first, min(first + 10_000, units))
            ]
            session.execute(insert(NaiveUnit), rows)
        session.commit()


_TABLES = ("consignment", "hold", "unit", "event")


def _answer(unit: NaiveUnit) -> dict[str, Any]:
    return {"verdict": "accepted", "subject": f"unit:{unit.label}", "sentence": "Recorded."}


def _recorded(scan: NaiveScan, unit: NaiveUnit) -> NaiveEvent:
    assert unit.id is not None
    unit.stage, unit.place = scan.step, scan.unit_context.get("place")
    now = datetime.now(UTC)
    return NaiveEvent(
        nonce=scan.nonce, unit_id=unit.id, device="hh-1", step=scan.step, point=scan.point, place=unit.place,
        scanned_at=scan.scanned_at, recorded_at=now,
    )  # fmt: skip


def _session(request: Request) -> Iterator[Session]:
    with Session(request.app.state.engine) as opened:
        yield opened


async def _async_session(request: Request) -> AsyncIterator[AsyncSession]:
    async with AsyncSession(request.app.state.engine) as opened:
        yield opened


def on_sqlite(path: str, units: int) -> FastAPI:
    """The endpoint on a SQLite file, as durable as ours: write-ahead log, flushed at each commit."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 60})

    @event.listens_for(engine, "connect")
    def durable(raw: Any, _: Any) -> None:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")

    fill(engine, units)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.engine = engine

    @app.post("/api/v1/scans")
    def scan(body: NaiveScan, db: Annotated[Session, Depends(_session)]) -> dict[str, Any]:
        """Take a scan."""
        known = db.exec(select(NaiveEvent).where(NaiveEvent.nonce == body.nonce)).first()
        unit = db.exec(select(NaiveUnit).where(NaiveUnit.label == body.code[-18:])).first()
        if unit is None:
            raise HTTPException(404)
        if known is None:
            consignment = db.get_one(NaiveConsignment, unit.consignment_id)
            holds = db.exec(
                select(NaiveHold).where(NaiveHold.consignment_id == consignment.id, NaiveHold.open)
            )
            if holds.first() is not None:
                raise HTTPException(409)
            db.add(_recorded(body, unit))
            db.add(unit)
            db.commit()
            db.refresh(unit)
        return _answer(unit)

    return app


def on_postgres(url: str, units: int) -> FastAPI:
    """The same on PostgreSQL, in the asynchronous way: a session of its own for each request."""
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address)
    fill(engine, units)
    engine.dispose()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.engine = create_async_engine(address, pool_size=16)

    @app.post("/api/v1/scans")
    async def scan(body: NaiveScan, db: Annotated[AsyncSession, Depends(_async_session)]) -> dict[str, Any]:
        """Take a scan."""
        known = (await db.exec(select(NaiveEvent).where(NaiveEvent.nonce == body.nonce))).first()
        unit = (await db.exec(select(NaiveUnit).where(NaiveUnit.label == body.code[-18:]))).first()
        if unit is None:
            raise HTTPException(404)
        if known is None:
            consignment = await db.get_one(NaiveConsignment, unit.consignment_id)
            held = select(NaiveHold).where(NaiveHold.consignment_id == consignment.id, NaiveHold.open)
            if (await db.exec(held)).first() is not None:
                raise HTTPException(409)
            db.add(_recorded(body, unit))
            db.add(unit)
            await db.commit()
            await db.refresh(unit)
        return _answer(unit)

    return app
