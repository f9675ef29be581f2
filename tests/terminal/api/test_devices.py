"""Stations and gateways: enrolled once by code, revoked from the next request on, readings in order."""

from __future__ import annotations

import re
from typing import Any

import pytest

from devices.readings import new_id
from terminal import access
from tests.support.app import Terminal, Voice, nonce, problem, refused
from tests.terminal.api.test_scans import open_up


@pytest.fixture(scope="module")
def admin(terminal: Terminal) -> Voice:
    return terminal.person("administrator")


def add(admin: Voice, identity: str, **more: Any) -> str:
    told = admin.post("/devices", id=identity, name=identity.title(), **more)
    assert told.status_code == 200, told.text
    assert told.json()["expires_in_s"] == 24 * 3600
    code: str = told.json()["code"]
    return code


def enrol(terminal: Terminal, code: str) -> tuple[Voice, dict[str, Any]]:
    answer = terminal.nobody().send("POST", "/enrol", json={"code": code})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return Voice(terminal, {"authorization": f"Bearer {told['token']}"}), told


def test_a_code_opens_once(terminal: Terminal, admin: Voice) -> None:
    code = add(admin, "tally-tablet", point="tally-1", steps=["TALLY"])
    device, told = enrol(terminal, code)
    assert (told["id"], told["point"], told["steps"]) == ("tally-tablet", "tally-1", ["TALLY"])
    assert device.get("/session")["id"] == "device:tally-tablet"
    for worn in (code, "never-was-a-code", code.upper()):
        problem(terminal.nobody().send("POST", "/enrol", json={"code": worn}), 403, "bad_code")
        assert terminal.newest().data["action"] == "bad_code"
    rows = {row["id"]: row for row in admin.get("/devices")["enrolled"]}
    assert rows["tally-tablet"]["enrolled"] is True
    assert rows["tally-tablet"]["seen_at"] == terminal.clock.now.isoformat()
    text = str([entry.facts for entry in terminal.journal()])
    assert code not in text
    assert told["token"] not in text
    with terminal.service.reading() as reader:
        stored = [str(v) for row in reader.connection.all("SELECT * FROM device") for v in row]
        stored += [str(v) for row in reader.connection.all("SELECT * FROM enrolment") for v in row]
    assert not any(code in value or told["token"] in value for value in stored)


def test_a_code_ends_after_a_day_and_when_a_newer_one_is_made(terminal: Terminal, admin: Voice) -> None:
    first = add(admin, "spare-tablet")
    second = add(admin, "spare-tablet")
    problem(terminal.nobody().send("POST", "/enrol", json={"code": first}), 403, "bad_code")
    started = terminal.clock.now
    terminal.clock.now = started + access.CODE_LIFETIME
    problem(terminal.nobody().send("POST", "/enrol", json={"code": second}), 403, "bad_code")
    terminal.clock.now = started
    enrol(terminal, second)


def test_a_revoked_token_is_refused_from_the_next_request(terminal: Terminal, admin: Voice) -> None:
    device, _ = enrol(terminal, add(admin, "lost-tablet", point="tally-1"))
    assert device.scan("@@", "TALLY")["verdict"] == "refused"
    assert admin.send("POST", "/devices/lost-tablet/revoke", json={}).json()["revoked"] is True
    last = terminal.newest()
    problem(device.send("GET", "/session"), 401, "not_signed_in")
    problem(
        device.post("/scans", code="x", step="TALLY", point="tally-1", scanned_at="2026-11-16T08:00Z"),
        401,
        "not_signed_in",
    )
    assert (last.subject, last.data["action"], last.who) == (
        "device:lost-tablet",
        "device_revoked",
        terminal.ids["administrator"],
    )
    again, _ = enrol(terminal, add(admin, "lost-tablet", point="tally-1"))
    assert again.get("/session")["id"] == "device:lost-tablet"
    problem(device.send("GET", "/session"), 401, "not_signed_in")


@pytest.mark.parametrize("token", ["", "x", "krv_" + "0" * 43, "\x7f", "ключ".encode().decode("latin-1")])
def test_a_token_that_is_none_opens_nothing(terminal: Terminal, token: str) -> None:
    value = f"Bearer {token}".encode("latin-1")
    answer = terminal.nobody().send("GET", "/session", headers={"authorization": value})  # type: ignore[dict-item]
    problem(answer, 401, "not_signed_in")


def test_a_device_takes_the_steps_of_its_point(terminal: Terminal, admin: Voice) -> None:
    _, told = enrol(terminal, add(admin, "dock-tablet", point="load-1"))
    assert told["steps"] == ["LOAD", "SEAL", "UNLOAD"]
    answer = admin.post("/devices", id="odd", name="Odd", point="load-1", steps=["LOAD", "RELEASE"])
    assert "RELEASE" in problem(answer, 422, "bad_point")["detail"]
    answer = admin.post("/devices", id="odd", name="Odd", steps=["LOAD", "RELEASE"])
    assert "RELEASE" in problem(answer, 422, "bad_point")["detail"]
    problem(admin.post("/devices", id="odd", name="Odd", point="moon"), 422, "bad_point")
    for wrong in ({"id": "Odd"}, {"id": "../x"}, {"id": ""}, {"name": ""}, {"steps": ["FLY"]}):
        answer = admin.post("/devices", **{"id": "odd", "name": "Odd", **wrong})
        problem(answer, 422, "invalid_request")


def test_a_device_never_decides_what_people_decide(terminal: Terminal) -> None:
    terminal.announce("DEV-0", 1)
    device = terminal.device("clever-tablet", None, ["TALLY", "CUSTOMS_RELEASE", "RELEASE"])
    told = device.ask("/approvals", consignment="DEV-0", step="CUSTOMS_RELEASE")
    refused(told, "NOT_PERMITTED", terminal)
    told = device.ask("/holds", subject="consignment:DEV-0", reason="SEAL", note="x")
    refused(told, "NOT_PERMITTED", terminal)


# --- readings of a gateway ----------------------------------------------------------------------------
def reading(terminal: Terminal, text: str, point: str = "tally-1", **more: Any) -> dict[str, Any]:
    at = terminal.clock.now.isoformat()
    return {
        "reading": "scan",
        "id": new_id(),
        "device": "gate-pc",
        "point": point,
        "at": at,
        "protocol": "scan_text",
        "text": text,
        **more,
    }


def test_readings_are_taken_in_order_once_each(terminal: Terminal) -> None:
    labels = terminal.announce("DEV-1", 3)
    open_up(terminal, "DEV-1")
    gateway = terminal.device("gate-pc", None, ["TALLY"])
    queue = [
        reading(terminal, f"00{labels[0]}", aim="]C1"),
        reading(terminal, "@@"),
        reading(terminal, labels[0]),
        {"reading": "trouble", **_trouble(terminal)},
        reading(terminal, labels[1]),
    ]
    answer = gateway.send("POST", "/devices/gate-pc/readings", json=queue)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [one["verdict"] for one in told] == ["accepted", "refused", "already_done", "accepted", "accepted"]
    assert [one["id"] for one in told] == [one["id"] for one in queue]
    events = [one["event"] for one in told if "event" in one]
    assert events == sorted(events)
    length = terminal.service.store.tail().seq
    assert gateway.send("POST", "/devices/gate-pc/readings", json=queue).json() == told
    assert terminal.service.store.tail().seq == length
    entry = terminal.entry(told[0]["event"])
    assert (entry.who, entry.facts["nonce"]) == ("device:gate-pc", queue[0]["id"])


def _trouble(terminal: Terminal) -> dict[str, Any]:
    at = terminal.clock.now.isoformat()
    return {
        "id": new_id(),
        "device": "gate-pc",
        "point": "tally-1",
        "at": at,
        "code": "E1",
        "sentence": "The cable is out.",
        "remedy": "cable",
    }


def test_a_scan_where_nobody_said_what_it_means_waits_for_a_person(terminal: Terminal) -> None:
    gateway = terminal.device("gate-pc", None, ["TALLY"])
    scan = reading(terminal, "@@", point="nowhere")
    told = gateway.send("POST", "/devices/gate-pc/readings", json=[scan]).json()
    assert told[0]["verdict"] == "attention"
    assert gateway.send("POST", "/devices/gate-pc/readings", json=[scan]).json() == told
    with terminal.service.reading() as reader:
        item = reader.desk.review(told[0]["event"])
    assert item is not None
    assert (item.why, item.scan["code"], item.scan["point"]) == ("no_step", "@@", "nowhere")


def test_a_gateway_of_one_point_speaks_for_no_other(terminal: Terminal) -> None:
    gateway = terminal.device("tally-pc", "tally-1", ["TALLY"])
    queue = [
        reading(terminal, "@@", point="load-1", device="tally-pc"),
        reading(terminal, "@@", device="tally-pc"),
    ]
    told = gateway.send("POST", "/devices/tally-pc/readings", json=queue).json()
    assert [one["reason"] for one in told] == ["NOT_PERMITTED", "UNREADABLE"]
    assert terminal.entry(told[0]["event"]).type == "StepRefused"
    problem(
        gateway.send("POST", "/devices/gate-pc/readings", json=[reading(terminal, "x", device="tally-pc")]),
        422,
        "invalid_request",
    )


def test_a_gateway_does_no_step_that_its_token_does_not_carry(terminal: Terminal) -> None:
    gateway = terminal.device("weak-pc", None, [])
    told = gateway.send(
        "POST", "/devices/weak-pc/readings", json=[reading(terminal, "0" * 18, device="weak-pc")]
    ).json()
    assert told[0]["verdict"] == "refused"


@pytest.mark.parametrize(
    "wrong",
    [
        {"reading": "song"},
        {"reading": None},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 81},
        {"point": ["tally-1"]},
        {"point": "a\x00"},
        {"text": 5},
        {"text": None},
        {"text": "\ud800"},
        {"text": "x" * 5000},
        {"aim": 1},
        {"at": "yesterday"},
        {"at": "2026-11-16T08:00:00"},
        {"at": "0001-01-01T00:00:00+05:00"},
        {"at": None},
        {"raw": "zz"},
        {"flags": [["x"]]},
        {"device": "other"},
    ],
)
def test_a_reading_that_is_none_stops_the_list_and_says_how_many_are_kept(
    terminal: Terminal, wrong: dict[str, Any]
) -> None:
    gateway = terminal.device("gate-pc", None, ["TALLY"])
    import json  # noqa: PLC0415 - bodies that httpx would not send

    queue = [reading(terminal, "@@"), {**reading(terminal, "@@"), **wrong}, reading(terminal, "@@")]
    answer = gateway.send(
        "POST",
        "/devices/gate-pc/readings",
        content=json.dumps(queue),
        headers={"content-type": "application/json"},
    )
    assert problem(answer, 422, "invalid_request")["taken"] == 1


@pytest.mark.parametrize("body", [[], {}, [1], "x", None, [[]]])
def test_a_list_that_is_none_is_a_problem(terminal: Terminal, body: Any) -> None:
    gateway = terminal.device("gate-pc", None, ["TALLY"])
    problem(gateway.send("POST", "/devices/gate-pc/readings", json=body), 422, "invalid_request")


def test_people_send_no_readings(terminal: Terminal, admin: Voice) -> None:
    problem(admin.send("POST", "/devices/gate-pc/readings", json=[{}]), 403, "not_permitted")


# --- pushed messages and pictures -----------------------------------------------------------------------
def test_only_the_device_itself_pushes(terminal: Terminal, admin: Voice) -> None:
    camera = terminal.device("plate-camera", "gate-1", [])
    for voice, identity in ((admin, "plate-camera"), (camera, "other-camera")):
        answer = voice.send("POST", f"/devices/{identity}/push", content=b"<x/>")
        problem(answer, 403, "not_permitted")
    for kind in ({}, {"content-type": "application/json"}, {"content-type": "multipart/form-data"}):
        answer = camera.send("POST", "/devices/plate-camera/push", content=b"<x/>", headers=kind)
        problem(answer, 404, "not_found")  # it is enrolled, but not in the configuration


@pytest.mark.parametrize("data", [b"", b"x", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"GIF89a"])
def test_what_is_no_picture_is_said_to_be_none(terminal: Terminal, data: bytes) -> None:
    voice = terminal.person("tally_clerk")
    for kind in ({}, {"content-type": "image/png"}, {"content-type": "application/json"}):
        problem(voice.send("POST", "/pictures/codes", content=data, headers=kind), 422, "bad_picture")


def test_the_codes_of_a_picture_are_read(terminal: Terminal) -> None:
    from terminal.labels import UnitLabel, render  # noqa: PLC0415 - drawing is heavy

    (label,) = terminal.announce("DEV-PIC", 1)
    picture = render(UnitLabel(label), "png")
    voice = terminal.person("tally_clerk")
    told = voice.send("POST", "/pictures/codes", content=picture, headers={"content-type": "image/png"})
    assert told.status_code == 200, told.text
    assert any(label in code["text"] for code in told.json()["codes"])


def test_the_same_nonce_makes_no_second_device(terminal: Terminal, admin: Voice) -> None:
    body = {"nonce": nonce(), "id": "twin", "name": "Twin"}
    codes = {admin.send("POST", "/devices", json=body).json()["code"] for _ in range(2)}
    assert len(codes) == 2
    assert [row["id"] for row in admin.get("/devices")["enrolled"]].count("twin") == 1


def test_the_code_of_the_page_opens_a_page_on_the_phone(terminal: Terminal, admin: Voice) -> None:
    form = {"device": "yard-phone", "kind": "handheld", "point": "tally-1"}
    csrf = admin.headers["x-csrf-token"]
    shown = admin.send("POST", "//devices/enrol", data={**form, "csrf_token": csrf}).text
    link = re.search(r"http://karvon\.test(/enrol/[A-Za-z0-9_-]+)", shown)
    assert link is not None
    phone = terminal.nobody()
    opened = phone.send("GET", f"/{link[1]}")
    assert opened.status_code == 200
    assert 'method="post"' in opened.text
    assert "krv_" not in opened.text
    assert f"karvon gateway enrol http://karvon.test {link[1].rpartition('/')[2]}" in opened.text
    with terminal.service.reading() as reader:  # looking spends nothing
        device = reader.devices.get("yard-phone")
        assert device is not None
        assert device.token_hash is None
    foreign = phone.send("POST", f"/{link[1]}", headers={"origin": "http://elsewhere.test"})
    assert foreign.status_code == 403
    spent = phone.send("POST", f"/{link[1]}")
    assert spent.status_code == 200
    assert spent.headers["cache-control"] == "no-store"
    token = re.search(r"krv_[A-Za-z0-9_-]{40,}", spent.text)
    assert token is not None
    voice = Voice(terminal, {"authorization": f"Bearer {token[0]}"})
    assert voice.get("/session")["id"] == "device:yard-phone"
    again = phone.send("POST", f"/{link[1]}")
    assert again.status_code == 403
    assert "used already" in again.text
    assert terminal.newest().data["action"] == "bad_code"
