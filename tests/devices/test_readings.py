"""Readings travel over a queue without loss."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from devices.readings import (
    EventReading,
    PlateReading,
    Reading,
    ScanReading,
    Trace,
    TraceFrame,
    Trouble,
    WeightReading,
    from_dict,
    new_id,
    to_dict,
)

NOON = datetime(2026, 8, 1, 7, 0, tzinfo=UTC)
COMMON = {"device": "gate-1", "point": "gate-1", "at": NOON}
READINGS: list[Reading] = [
    ScanReading(id=new_id(), protocol="scan_text", text="00\x1d1", aim="]C1", raw=b"]C100\x1d1\r", **COMMON),
    WeightReading(
        id=new_id(),
        protocol="yaohua_a9",
        kg=Decimal("24360"),
        measured_kg=Decimal("24365"),
        value=Decimal("24.365"),
        unit="t",
        mode=None,
        device_stable=None,
        interval_kg=Decimal(20),
        rounding="half_up",
        capacity_kg=Decimal(60000),
        verified_until=date(2027, 3, 1),
        taken="auto",
        flags=frozenset({"zero"}),
        trace=Trace((TraceFrame(Decimal("-0.100"), Decimal("24.36"), "t", ("stable",), b"\x02"),)),
        **COMMON,
    ),
    PlateReading(id=new_id(), protocol="hikvision_anpr", plate="01A123BC", confidence=Decimal(97), **COMMON),
    EventReading(id=new_id(), protocol="mrz", kind="reader", fields={"document": "P"}, **COMMON),
    Trouble(id=new_id(), code="link_lost", sentence="gone", remedy="plug_in", raw=b"\xff", **COMMON),
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: type(r).__name__)
def test_a_reading_survives_json(reading: Reading) -> None:
    sent = json.loads(json.dumps(to_dict(reading)))
    assert from_dict(sent) == reading
    assert to_dict(from_dict(sent)) == to_dict(reading)


def test_the_trace_travels_with_its_name() -> None:
    sent = to_dict(READINGS[1])
    assert sent["trace_id"] == Trace.from_list(sent["trace"]).id
    assert sent["kg"] == "24360"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"reading": "smell"}, "`reading` is 'smell'"),
        ({"kg": "many"}, "`kg`"),
        ({"at": "2026-08-01T07:00:00"}, "`at`"),
        ({"raw": "zz"}, "`raw`"),
        ({"trace": [[1]]}, "`trace`"),
    ],
)
def test_what_is_no_reading_is_refused_by_name(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_dict(to_dict(READINGS[1]) | change)


def test_a_missing_key_is_named() -> None:
    sent = to_dict(READINGS[0])
    del sent["text"]
    with pytest.raises(ValueError, match="text"):
        from_dict(sent)


def test_ids_are_uuid7_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {(UUID(i).version, UUID(i).variant) for i in ids} == {(7, "specified in RFC 4122")}
    assert [i[:13] for i in ids] == sorted(i[:13] for i in ids)
