"""The doors through which devices speak by HTTP: whatever comes in, the answer is a sentence, never a broken server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.fleet import Fleet
from devices.protocols import codec
from devices.protocols.results import Message
from devices.readings import PlateReading
from simulators.camera import jpeg, label
from simulators.control import Control
from simulators.scenario import scenario_of
from simulators.web import Request
from simulators.world import ACTIONS, World
from terminal.store import url_of
from tests.support.app import Terminal, Voice, terminal_at
from tests.support.databases import sqlite_template
from tests.support.wires import Heard, fleet, run, until

__all__ = ["sqlite_template"]

ANY = list(HealthCheck)
BRIEF = settings(max_examples=25, deadline=None, suppress_health_check=ANY)
DEEP = settings(max_examples=400, deadline=None, suppress_health_check=ANY)

json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=30),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Voice]:
    """An enrolled gateway at a terminal."""
    folder = tmp_path_factory.mktemp("fuzz")
    database = folder / "karvon.sqlite3"
    database.write_bytes(sqlite_template.read_bytes())
    with terminal_at(url_of(database), folder) as made:
        assert isinstance(made, Terminal)
        yield made.device("gate-pc", "gate-1", ["GATE_IN"])


#: a reading as a gateway sends it, to be bent
READING: dict[str, Any] = {
    "type": "scan",
    "id": "01a21017-a245-7a12-9f64-db857554726b",
    "device": "gate-pc",
    "point": "gate-1",
    "at": "2026-08-01T08:00:00+00:00",
    "protocol": "scan_text",
    "text": "00340123450000000017",
    "aim": "]C1",
    "symbology": "Code 128",
    "extra": {},
    "raw": "5D4331",
}
readings = st.one_of(
    json_values,
    st.builds(
        lambda changed: {**READING, **changed}, st.dictionaries(st.sampled_from([*READING]), json_values)
    ),
    st.builds(
        lambda gone: {key: value for key, value in READING.items() if key not in gone},
        st.sets(st.sampled_from([*READING])),
    ),
)


def _readings_answered(door: Voice, sent: list[Any]) -> None:
    answer = door.send("POST", "/devices/gate-pc/readings", json=sent)
    assert answer.status_code in {200, 422, 429}, answer.text
    if answer.status_code == 422:
        assert answer.json()["code"]


@BRIEF
@given(sent=st.lists(readings, min_size=1, max_size=4))
def test_any_readings_are_answered(door: Voice, sent: list[Any]) -> None:
    _readings_answered(door, sent)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@DEEP
@given(sent=st.lists(readings, min_size=1, max_size=4))
def test_any_readings_are_answered_for_long(door: Voice, sent: list[Any]) -> None:
    _readings_answered(door, sent)


@cache
def a_picture() -> bytes:
    """A label as a camera sees it."""
    return jpeg(label("00340123450000000017", ""))


pictures = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda cut, place, byte: a_picture()[:cut] + bytes([byte]) + a_picture()[place:],
        st.integers(0, 4000),
        st.integers(0, 4000),
        st.integers(0, 255),
    ),
)


@settings(BRIEF, max_examples=12)
@given(data=pictures, kind=st.sampled_from(["image/jpeg", "image/png", "image/webp", "text/plain"]))
def test_any_bytes_for_a_picture_are_answered(door: Voice, data: bytes, kind: str) -> None:
    answer = door.send("POST", "/pictures/codes", content=data, headers={"content-type": kind})
    assert answer.status_code in {200, 403, 413, 422}, answer.text


def _frames(name: str) -> list[bytes]:
    fields: dict[str, Any] = {"event": "ANPR", "plate": "01777AAA", "confidence": "95", "images": 1}
    if name == "dahua_anpr":
        fields = {"event": "TollgateInfo", "plate": "01777AAA", "confidence": "93"}
    boundary = {"boundary": "boundary"} if name == "hikvision_anpr" else {}
    return [codec(name, boundary).encode(Message(fields))]


@st.composite
def pushes(draw: st.DrawFn, name: str) -> bytes:
    """A message of a plate camera, bent."""
    data = bytearray(draw(st.sampled_from(_frames(name))))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["turn", "drop", "add", "entity", "nest"]))
        if kind == "turn" and place < len(data):
            data[place] ^= draw(st.integers(1, 255))
        elif kind == "drop":
            del data[place : place + draw(st.integers(1, 40))]
        elif kind == "add":
            data[place:place] = draw(st.binary(min_size=1, max_size=20))
        elif kind == "entity":
            data[place:place] = b'<!DOCTYPE x [<!ENTITY a "b">]>&a;'
        else:
            data[place:place] = b"<a>" * 200 + b"[" * 200
    return bytes(data)


async def _pushed(name: str, messages: list[bytes]) -> None:
    heard = Heard()
    table = {"id": "cam", "kind": "anpr", "protocol": name, "point": "gate-1", "url": "push://cam"}
    if name == "hikvision_anpr":
        table["codec"] = {"boundary": "boundary"}  # type: ignore[assignment]  # a table in the table
    async with fleet([table], heard) as working:
        assert isinstance(working, Fleet)
        await until(lambda: working.health_of("cam").ok)
        for message in messages:
            await working.feed("cam", message)
        (good,) = _frames(name)
        await working.feed("cam", good)
        await until(lambda: heard.of(PlateReading) and heard.of(PlateReading)[-1].plate == "01777AAA")
        assert working.health_of("cam").state != "failed"
    for plate in heard.of(PlateReading):
        assert len(plate.plate) <= 128


@pytest.mark.parametrize("name", ["hikvision_anpr", "dahua_anpr"])
@settings(BRIEF, max_examples=10)
@given(data=st.data())
def test_bent_pushes_never_stop_a_plate_camera(name: str, data: st.DataObject) -> None:
    run(_pushed(name, data.draw(st.lists(pushes(name), max_size=5))))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["hikvision_anpr", "dahua_anpr"])
@settings(DEEP, max_examples=400)
@given(data=st.data())
def test_bent_pushes_never_stop_a_plate_camera_for_long(name: str, data: st.DataObject) -> None:
    run(_pushed(name, data.draw(st.lists(pushes(name), max_size=20))))


DEVICES = [
    {"id": "scale", "kind": "scale", "protocol": "yaohua_a9", "port": "tcp", "codec": {"unit": "kg"}},
    {"id": "scanner", "kind": "scanner", "protocol": "ssi", "port": "tcp"},
    {"id": "camera", "kind": "camera"},
    {"id": "printer", "kind": "printer", "protocol": "zpl_hs", "port": "tcp"},
    {"id": "tags", "kind": "reader", "protocol": "llrp", "port": "tcp"},
    {"id": "portal", "kind": "radiation", "protocol": "rpm_vm250", "port": "tcp"},
]


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, bytes]:
    """An order at the control port of the simulators: any action with any arguments, or no JSON at all."""
    action = draw(st.sampled_from([*ACTIONS, "plate", "send", "nothing"]))
    if draw(st.integers(0, 9)) == 0:
        return action, draw(st.binary(max_size=40))
    keys = sorted(ACTIONS.get(action, {"plate", "hex", "fields"}))
    simple = st.one_of(json_values, st.sampled_from(["12.5", "0", "gamma", "paper_out", "]C1", "0034", "x"]))
    body = draw(st.dictionaries(st.sampled_from(keys or ["x"]), simple, max_size=3))
    body.pop("path", None)  # a picture file of this machine is nothing to play with
    body["device"] = draw(st.sampled_from([device["id"] for device in DEVICES]))
    body.pop("slices", None)
    body.pop("times", None)
    body.pop("slow_s", None)
    return action, json.dumps(body).encode()


@BRIEF
@given(given_orders=st.lists(orders(), min_size=1, max_size=8))
def test_any_order_at_the_control_port_is_done_or_answered_with_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, given_orders: list[tuple[str, bytes]]
) -> None:
    async def story() -> None:
        made = World(scenario_of({"devices": DEVICES}), tmp_path_factory.getbasetemp())
        control = Control(made, 0, None)
        await made.start()
        try:
            for action, body in given_orders:
                answer = await asyncio.wait_for(control.answer(Request("POST", f"/{action}", {}, body)), 20)
                assert answer.status in {200, 400}
                if answer.status == 400:
                    assert len(json.loads(answer.body)["error"]) > 10
            assert (await control.answer(Request("GET", "/devices", {}))).status == 200
        finally:
            await made.stop()

    run(story())
