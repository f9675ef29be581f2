"""Temperature records in the forms that loggers are exported in; the zone is told, gaps stay gaps."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.loggers import LoggerFileRefused, read_logger, zone_of

TASHKENT = ZoneInfo("Asia/Tashkent")
FIRST = datetime(2026, 11, 15, 3, 0, tzinfo=UTC)

FORMS = {
    "comma, one column, ISO": "Serial Number: TT-10442\n\nTimestamp,Temperature (°C)\n"
    "2026-11-15 08:00:00,4.1\n2026-11-15 08:10:00,4.3\n2026-11-15 08:30:00,-0.6\n",
    "semicolon, decimal comma, two columns": "Datum;Zeit;Temp [°C];Alarm Temp\n"
    "15.11.2026;08:00:00;4,1;0\n15.11.2026;08:10:00;4,3;0\n15.11.2026;08:30:00;-0,6;1\n",
    "tab, Russian, windows-1251": "Дата\tВремя\tТемпература, °C\n"
    "15.11.2026\t08:00\t4,1\n15.11.2026\t08:10\t4,3\n15.11.2026\t08:30\t−0,6\n".replace("−", "-"),
    "Fahrenheit, month first, AM": '"Date/Time","Temperature (°F)","Humidity (%)"\n'
    '"11/15/26 8:00:00 AM","39.38","40"\n"11/15/26 8:10:00 AM","39.74","41"\n"11/15/26 8:30:00 AM","30.92","40"\n',
    "with its own zone": "time,temp\n2026-11-15T03:00:00Z,4.1\n2026-11-15T08:10:00+05:00,4.3\n2026-11-15T03:30:00+0000,-0.6\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_readings(form: str) -> None:
    data = FORMS[form].encode("cp1251" if "1251" in form else "utf-8-sig")
    record = read_logger(data, TASHKENT)
    assert [(r.at, r.c) for r in record.readings] == [
        (FIRST, Decimal("4.1")),
        (FIRST + timedelta(minutes=10), Decimal("4.3")),
        (FIRST + timedelta(minutes=30), Decimal("-0.6")),
    ]
    assert record.skipped == ()
    fields = record.fields()
    assert fields["readings"][0] == {"at": "2026-11-15T03:00:00+00:00", "c": str(record.readings[0].c)}
    assert (Decimal(fields["min_c"]), Decimal(fields["max_c"])) == (Decimal("-0.6"), Decimal("4.3"))
    assert read_logger(data, TASHKENT) == record


def test_gaps_and_bad_rows_are_kept_as_gaps() -> None:
    rows = [
        f"2026-11-15 0{h}:{m:02d},5.0"
        for h in (1, 2)
        for m in range(0, 60, 10)
        if (h, m) not in {(1, 30), (1, 40)}
    ]
    rows[2] = rows[2].replace("5.0", "-- --")
    record = read_logger(("time,temp\n" + "\n".join(rows)).encode(), TASHKENT)
    assert record.interval == timedelta(minutes=10)
    assert [gap.minutes for gap in record.gaps] == [40]
    assert [line for line, _ in record.skipped] == [4]


def test_several_channels_keep_their_names() -> None:
    text = "S/N=778;;\nDate Time;T1 (°C);T2 (°C)\n2026-11-15 08:00;4,1;5,0\n2026-11-15 08:10;4,2;\n"
    record = read_logger(text.encode(), TASHKENT)
    assert record.channels == ("T1 (°C)", "T2 (°C)")
    assert len(record.fields("T2 (°C)")["readings"]) == 1
    assert record.serial == "778"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("time,temp\n05.11.2026 08:00,4.1\n06.11.2026 08:00,4.1\n", "day-month and as month-day"),
        ("time,temp\n", "day-month|no single reading"),
        ("a,b\n1,2\n", "keep the heading"),
        ("time,temp\n2026-11-15 08:00,warm\n", "no single reading"),
        ("time,temp\n2026-11-15 08:00,4.1\n2026-11-15 08:00,4.2\n", "two different values"),
        ("\x00\x00", "no text file"),
    ],
)
def test_what_is_not_clear_is_refused_with_words(text: str, sentence: str) -> None:
    with pytest.raises(LoggerFileRefused, match=sentence):
        read_logger(text.encode(), TASHKENT)


def test_an_order_that_was_told_settles_the_dates() -> None:
    data = b"time,temp\n05.11.2026 08:00,4.1\n"
    assert read_logger(data, UTC, dates="dmy").readings[0].at.month == 11
    assert read_logger(data, UTC, dates="mdy").readings[0].at.month == 5


def test_an_hour_that_never_was_gives_no_reading() -> None:
    berlin = zone_of("Europe/Berlin")
    record = read_logger(b"time,temp\n2026-03-29 01:30,4\n2026-03-29 02:30,4\n2026-03-29 03:30,4\n", berlin)
    assert len(record.readings) == 2
    with pytest.raises(LoggerFileRefused, match="no time zone"):
        zone_of("Termez")


@given(st.binary(max_size=300), st.sampled_from(["dmy", "mdy", None]))
def test_no_file_breaks_it(data: bytes, order: str | None) -> None:
    with suppress(LoggerFileRefused):
        read_logger(b"time;temp\n" + data, TASHKENT, dates=order)  # type: ignore[arg-type]


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(-400, 600)),
        min_size=1,
        max_size=40,
        unique_by=lambda pair: pair[0],
    )
)
def test_whatever_a_logger_wrote_comes_back(rows: list[tuple[int, int]]) -> None:
    text = "time;temp\n" + "\n".join(
        f"{(FIRST + timedelta(minutes=at)).astimezone(TASHKENT):%Y-%m-%d %H:%M};{Decimal(c).scaleb(-1)}".replace(
            ".", ","
        )
        for at, c in rows
    )
    record = read_logger(text.encode(), TASHKENT)
    assert {(r.at, r.c) for r in record.readings} == {
        (FIRST + timedelta(minutes=a), Decimal(c).scaleb(-1)) for a, c in rows
    }
