"""Who comes in where: every role at every page and every form of the web, from one table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import fastapi.routing
import httpx
import pytest

from terminal.store import url_of
from tests.support.app import API, Terminal, Voice, nonce, terminal_at
from tests.terminal.api.door import Door
from tests.terminal.web.page_doors import FORMS, OWN, PAGES, REF
from workflows.roles import Role

#: the reasons of a refusal that speak of the person, not of the thing
PERSONAL = {"NOT_PERMITTED", "NOT_YOURS", "HOLD_NOT_YOURS"}
#: what somebody who may not leaves behind in the journal: that they tried
TRIED = {"StepRefused", "SecurityEvent"}
#: a form of many fields, shown again with what is wrong
SHOWN_AGAIN = {"POST /seizures"}


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("page-doors")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


@pytest.fixture(scope="module")
def names(terminal: Terminal) -> Mapping[str, str]:
    """Things that the addresses speak of: by placeholder, or by first folder and placeholder."""
    label, *_ = terminal.announce(REF, 2)
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate="75412CBA", carries=[REF])["facts"]["visit"]
    customs = terminal.person("customs_inspector")
    order = {"subject": f"consignment:{REF}", "method": "COUNT", "why": "random"}
    facts = {
        "post_code": "22-01",
        "agency": "customs",
        "commodity_group": "TOBACCO",
        "substance_or_item": "cigarettes",
        "quantity": "10",
        "uom": "carton",
    }
    customs.must("/equipment", id="scope-1", kind="ENDOSCOPE", name="Endoscope", place="hall 1")
    hold = customs.must("/holds", subject=f"consignment:{REF}", reason="SEAL", note="odd")["facts"]["hold"]
    said = {
        "subject": f"consignment:{REF}",
        "cause": "STOP",
        "text": "Nobody says why.",
        "complainant": {"name": "Karim, driver"},
    }
    complaint = gate.must("/complaints", **said)["facts"]["complaint"]
    words = {"title": "A truck", "text": "It waits.", "handling": "LAW_ENFORCEMENT"}
    message = customs.must("/messages", **words)["facts"]["message"]
    with terminal.service.reading() as reader:
        consignment = reader.consignment(REF)
        assert consignment is not None
    return {
        "complaints/ref": complaint,
        "no": message,
        "ref": REF,
        "digest": consignment.digest,
        "label": label,
        "visit": visit,
        "hold_id": hold,
        "case_no": customs.must("/seizures", facts=facts)["facts"]["seizure"],
        "cut_id": gate.must("/cuts", train="2441", wagons=[{"number": "24123457", "tare_kg": "24000"}])[
            "facts"
        ]["cut"],
        "kind": "release-note",
        "reports/kind": "terminal",
        "subject": REF,
        "seq": "1",
        "code": "en",
        "name": "dark",
        "visits/identity": visit,
        "trips/identity": visit,
        "people/identity": terminal.ids["both"],
        "inspections/identity": customs.must("/inspections", **order)["facts"]["inspection"],
        "equipment/identity": "scope-1",
        "data/table": "tolerances.json",
        "portal/identity": terminal.person("agency_user").must("/announcements")["facts"]["announcement"],
    }


def routes(terminal: Terminal) -> set[str]:
    """Method and address of every page and form."""
    walk = getattr(fastapi.routing, "iter_route_contexts", lambda found: found)
    return {
        f"{method} {route.path.replace(':path}', '}')}"
        for route in walk(terminal.app.routes)
        for method in getattr(route, "methods", None) or ()
        if method in ("GET", "POST") and not route.path.startswith(API) and route.path != "/openapi.json"
    }


def knock(voice: Voice, key: str, door: Door, names: Mapping[str, str]) -> httpx.Response:
    """The page or form of the table, asked by somebody."""
    method, path = key.split(" ")
    first = path.split("/")[1]

    def named(found: re.Match[str]) -> str:
        return names.get(f"{first}/{found[1]}", names.get(found[1], "no-such"))

    more: dict[str, Any] = dict(door.send)
    if method == "POST":
        filled = {k: v.format(**names) if v.startswith("{") else v for k, v in more.get("data", {}).items()}
        csrf = dict(voice.headers)["x-csrf-token"]
        more["data"] = {"csrf": csrf, "nonce": nonce(), **filled}
    return voice.send(method, "/" + re.sub(r"\{(\w+)\}", named, path), **more)


def test_the_table_knows_every_page_and_form_and_no_other(terminal: Terminal) -> None:
    assert routes(terminal) == {*PAGES, *FORMS, *OWN}


@pytest.mark.parametrize("key", PAGES)
def test_each_role_sees_the_pages_of_the_table(
    terminal: Terminal, names: Mapping[str, str], key: str
) -> None:
    door = PAGES[key]
    found = {}
    for role in Role:
        answer = knock(terminal.person(role.value), key, door, names)
        assert answer.status_code in (200, 303, 403, 404), (role, answer.status_code)
        found[role] = answer.status_code != 403
        if answer.status_code == 303:
            assert not answer.headers["location"].startswith("/sign-in"), role
    assert found == {role: role in door.may for role in Role}


@pytest.mark.parametrize("key", FORMS)
def test_each_role_sends_the_forms_of_the_table(
    terminal: Terminal, names: Mapping[str, str], key: str
) -> None:
    """Others are refused in words, or shut out; what they leave in the journal is that they tried."""
    door = FORMS[key]
    found, expected = {}, {}
    for role in Role:
        before = terminal.service.store.tail().seq
        answer = knock(terminal.person(role.value), key, door, names)
        with terminal.service.reading() as reader:
            written = reader.entries_after(before)
        refused = any(
            e.type == "StepRefused" and e.data["reason"] in PERSONAL and e.who == terminal.ids[role.value]
            for e in written
        )
        found[role.value] = "403" if answer.status_code == 403 else "refused" if refused else "may"
        expected[role.value] = "may" if role in door.may else "403" if role in door.hidden else door.denied
        if role not in door.may:
            assert {e.type for e in written} <= TRIED, role
        assert answer.status_code < 500, role
        assert answer.status_code != 422 or found[role.value] == "403" or key in SHOWN_AGAIN, answer.text[
            -600:
        ]
    assert found == expected
