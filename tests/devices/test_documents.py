"""Dates of travel documents get their century, and only real dates come out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.documents import full_date
from devices.protocols import codec
from devices.protocols.results import Message
from devices.readings import EventReading
from tests.support.wires import Heard, Pty, fleet, run, until

TODAY = date(2026, 11, 16)


@pytest.mark.parametrize(
    ("printed", "what", "expected"),
    [
        ("850714", "birth", "1985-07-14"),
        ("261116", "birth", "2026-11-16"),
        ("261117", "birth", "1926-11-17"),
        ("300714", "expiry", "2030-07-14"),
        ("760101", "expiry", "2076-01-01"),
        ("770101", "expiry", "1977-01-01"),
        ("8507<<", "birth", "1985-07"),
        ("85<<<<", "birth", "1985"),
        ("26<<<<", "birth", "2026"),
        ("85<<14", "birth", "1985"),
        ("<<<<<<", "birth", None),
        ("850230", "birth", None),
        ("000229", "birth", "2000-02-29"),
        ("010229", "birth", None),
        ("٨٥0714", "birth", None),
        ("", "expiry", None),
    ],
)
def test_the_century_of_a_date(printed: str, what: str, expected: str | None) -> None:
    assert full_date(printed, TODAY, what) == expected  # type: ignore[arg-type]


@given(st.dates(date(1927, 1, 1), TODAY))
def test_every_birth_of_a_century_is_found(born: date) -> None:
    assert full_date(born.strftime("%y%m%d"), TODAY, "birth") == born.isoformat()


@given(st.dates(date(1977, 1, 1), date(2076, 12, 31)))
def test_every_expiry_near_us_is_found(ends: date) -> None:
    assert full_date(ends.strftime("%y%m%d"), TODAY, "expiry") == ends.isoformat()


def test_a_passport_reader_tells_whole_dates(tmp_path: Path) -> None:
    async def story() -> None:
        pty = Pty(tmp_path / "reader")
        heard = Heard()
        table = {"id": "r", "kind": "reader", "protocol": "mrz", "url": str(pty.path), "point": "gate-1"}
        async with fleet([table], heard) as working:
            await until(lambda: working.health_of("r").ok)
            zone = {
                "format": "TD3",
                "doc_type": "P",
                "issuer": "UTO",
                "surname": "ERIKSSON",
                "given": "ANNA",
                "number": "L898902C3",
                "nationality": "UTO",
                "birth": "690806",
                "sex": "F",
                "expiry": "310806",
            }
            pty.write(codec("mrz").encode(Message(zone)))
            reading = (await until(lambda: heard.of(EventReading)))[0]
            assert (reading.fields["birth_date"], reading.fields["expiry_date"]) == (
                "1969-08-06",
                "2031-08-06",
            )
        pty.unplug()

    run(story())
