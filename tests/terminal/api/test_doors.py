"""Who comes in where: every role at every endpoint, nobody anywhere, and errors that all have one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import fastapi.routing
import httpx
import pytest

from terminal.api.guards import policy
from terminal.web.context import SAID_COOKIE
from tests.support.app import API, Terminal, Voice, nonce, problem
from tests.terminal.api.doors import DOORS, REF, Door
from workflows.roles import Role

#: pages that people who are not signed in may send something to, and why
OPEN_PAGES = {
    "POST /sign-in": "it is the door",
    "POST /sign-in/second": "the second half of it",
    "POST /badge": "badge and PIN are the credential, and the station's own token",
    "POST /setup/{code}": "the one-time code is the credential",
    "POST /enrol/{code}": "the one-time code is the credential",
}
#: the reasons of a refusal that speak of the person, not of the thing
PERSONAL = {"NOT_PERMITTED", "NOT_YOURS", "HOLD_NOT_YOURS"}
#: problems of a request that was let in, and did not prove what it has to
UNPROVED = {
    "wrong_password",
    "wrong_code",
    "wrong_badge",
    "sign_in_ended",
    "passkey_refused",
    "no_passkeys_here",
}


@pytest.fixture(scope="module")
def names(terminal: Terminal) -> Mapping[str, str]:
    """Things that the requests of the table speak of."""
    label, *_ = terminal.announce(REF, 2)
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate="75412CBA", carries=[REF])["facts"]["visit"]
    customs = terminal.person("customs_inspector")
    hold = customs.must("/holds", subject=f"consignment:{REF}", reason="SEAL", note="odd")["facts"]["hold"]
    order = {"subject": f"consignment:{REF}", "method": "COUNT", "why": "random"}
    inspection = customs.must("/inspections", **order)["facts"]["inspection"]
    customs.must("/equipment", id="scope-1", kind="ENDOSCOPE", name="Endoscope", place="hall 1")
    facts = {
        "post_code": "22-01",
        "agency": "customs",
        "commodity_group": "TOBACCO",
        "substance_or_item": "cigarettes",
        "quantity": "10",
        "uom": "carton",
    }
    case = customs.must("/seizures", facts=facts)["facts"]["seizure"]
    picture = customs.send(
        "POST",
        "/attachments",
        data={"nonce": nonce(), "to": f"inspection:{inspection}"},
        files={"file": ("a.jpg", b"\xff\xd8\xff\xe0 a picture")},
    ).json()["facts"]["attachment"]
    draft = terminal.person("agency_user").must("/announcements")["facts"]["announcement"]
    wagon = {"number": "24123457", "tare_kg": "24000"}
    cut = gate.must("/cuts", train="2441", wagons=[wagon])["facts"]["cut"]
    said = {
        "subject": f"consignment:{REF}",
        "cause": "STOP",
        "text": "Nobody says why.",
        "complainant": {"name": "Karim, driver"},
    }
    complaint = gate.must("/complaints", **said)["facts"]["complaint"]
    words = {"title": "A truck", "text": "It waits.", "handling": "LAW_ENFORCEMENT"}
    message = customs.must("/messages", **words)["facts"]["message"]
    return {
        "cut_id": cut,
        "complaint": complaint,
        "message": message,
        "announcement_id": draft,
        "inspection_id": inspection,
        "equipment_id": "scope-1",
        "case_no": case,
        "attachment_id": picture,
        "kind": "release-note",
        "subject": REF,
        "person_id": terminal.ids["both"],
        "ref": REF,
        "label": label,
        "identity": visit,
        "count_id": "no-such-count",
        "hold_id": hold,
        "device_id": "no-such-device",
        "table": "check_severities.csv",
        "sha256": "0" * 64,
        "token": "no-such-link",
    }


def knock(voice: Voice, key: str, names: Mapping[str, str]) -> httpx.Response:
    """The request of the table, made by somebody."""
    method, path = key.split(" ")
    door = DOORS[key]
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    more: dict[str, Any] = dict(door.send)
    if door.body is not None:
        more["json"] = door.body(voice.terminal)
    return voice.send(method, path, **more)


def got(answer: httpx.Response) -> str:
    """What came back, as in the table; "may" when the endpoint did its work or said what is wrong with the request."""
    if answer.status_code == 403 and answer.json()["code"] == "bad_code":
        return "may"
    if answer.status_code == 404:
        return "404" if "may see" in answer.text else "?"
    if answer.status_code in (401, 403) and answer.json()["code"] not in UNPROVED:
        return str(answer.status_code)
    if "json" not in answer.headers["content-type"]:
        return "may"  # a file
    told = answer.json()
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, dict) and one.get("verdict") == "refused" and one.get("reason") in PERSONAL:
            return "refused"
    return "may"


def api_endpoints(terminal: Terminal) -> list[str]:
    paths = terminal.app.openapi()["paths"]
    return [
        f"{method.upper()} {path.removeprefix(API)}"
        for path, methods in paths.items()
        if path.startswith(API)
        for method in methods
    ]


def all_routes(terminal: Terminal) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the application, pages included."""
    walk = getattr(fastapi.routing, "iter_route_contexts", lambda routes: routes)
    for route in walk(terminal.app.routes):
        for method in getattr(route, "methods", None) or ():
            yield method, route.path.replace(":path}", "}")


def test_the_table_knows_every_endpoint_and_no_other(terminal: Terminal) -> None:
    assert sorted(api_endpoints(terminal)) == sorted(DOORS)


@pytest.mark.parametrize("key", [key for key, door in DOORS.items() if not door.endless])
def test_each_role_gets_in_where_the_table_says(
    terminal: Terminal, names: Mapping[str, str], key: str
) -> None:
    door: Door = DOORS[key]
    expected = {
        role.value: "may" if role in door.may else "404" if role in door.hidden else door.denied
        for role in Role
    }
    found = {}
    for role in Role:
        voice = terminal.person(role.value)
        answer = knock(voice, key, names)
        found[role.value] = got(answer)
        if key == "GET /devices/{device_id}/live" and found[role.value] == "404":
            found[role.value] = "may"  # there is no scale in this terminal
        if key == "GET /inspections/{inspection_id}" and found[role.value] == "404":
            found[role.value] = "may"  # an order, but not of their own work
        if (
            key in ("GET /track/{code}", "GET /public/truck", "GET /handover/{token}")
            and found[role.value] == "?"
        ):
            found[role.value] = "may"  # an answer to everybody, and no code of anything
        if key == "POST /devices/{device_id}/revoke" and found[role.value] == "404":
            found[role.value] = "may"
        if answer.status_code == 200 and found[role.value] == "refused":
            told = answer.json()
            for one in told if isinstance(told, list) else [told]:
                assert terminal.entry(one["event"]).type == "StepRefused"
        if answer.status_code == 403 and found[role.value] != "may" and not key.startswith("GET"):
            entry = terminal.newest()
            assert (entry.type, entry.who) == ("SecurityEvent", terminal.ids[role.value])
            assert entry.data["action"] == "refused"
    assert found == expected


@pytest.mark.parametrize("key", [key for key, door in DOORS.items() if not door.endless])
def test_a_device_does_what_its_token_is_for_and_no_more(
    terminal: Terminal, names: Mapping[str, str], key: str
) -> None:
    voice = terminal.device(f"station-{abs(hash(key)) % 10**6}")
    assert got(knock(voice, key, names)) == DOORS[key].device


def test_nobody_writes_anything_anywhere(terminal: Terminal, names: Mapping[str, str]) -> None:
    length = terminal.service.store.tail().seq
    seen = 0
    for method, path in all_routes(terminal):
        if method in ("GET", "HEAD", "OPTIONS"):
            continue
        key = f"{method} {path.removeprefix(API)}"
        if path.startswith(API) and DOORS[key].open:
            continue
        if key in OPEN_PAGES:
            continue
        seen += 1
        for ways in ({"json": {}}, {"data": {"csrf": "x", "nonce": nonce()}}, {"content": b""}):
            url = re.sub(r"\{[^}]*\}", "1", path)
            answer = terminal.nobody().send(method, "/" + url, **ways)  # type: ignore[arg-type]
            if path.startswith(API):
                problem(answer, 401, "not_signed_in")
                assert answer.headers["www-authenticate"] == "Bearer"
            else:
                assert answer.status_code == 303, (key, answer.status_code, answer.text[:300])
                assert answer.headers["location"].startswith("/sign-in")
                assert SAID_COOKIE not in answer.headers.get("set-cookie", "")
    assert seen > 30
    assert terminal.service.store.tail().seq == length


@pytest.mark.parametrize("key", DOORS)
def test_nobody_reads_anything(terminal: Terminal, names: Mapping[str, str], key: str) -> None:
    if key.startswith("GET") and not DOORS[key].open:
        problem(knock(terminal.nobody(), key, names), 401, "not_signed_in")


def test_a_page_of_another_site_changes_nothing(terminal: Terminal, names: Mapping[str, str]) -> None:
    """The session cookie alone is never enough: every changing endpoint asks for the token of its page."""
    voice = terminal.person("administrator")
    foreign = Voice(terminal, {"cookie": voice.headers["cookie"]})
    for key in DOORS:
        if key.startswith("GET") or DOORS[key].open:
            continue
        problem(knock(foreign, key, names), 403, "csrf")
        entry = terminal.newest()
        assert (entry.data["action"], entry.who) == ("refused_csrf", terminal.ids["administrator"])


def test_health_and_figures_need_no_sign_in_and_tell_no_names(terminal: Terminal) -> None:
    nobody = terminal.nobody()
    assert nobody.get("//healthz") == {"status": "ok"}
    ready = nobody.get("//readyz")
    assert ready["status"] == "ready"
    assert ready["journal"] == terminal.service.store.tail().seq
    text = nobody.send("GET", "//metrics").text
    assert f"karvon_journal_events_total {ready['journal']}" in text
    with terminal.service.reading() as reader:
        stages, held = reader.counters("consignment.stage"), reader.counters("hold.open")
    assert stages
    assert held
    for stage, count in stages.items():
        assert f'karvon_consignments{{stage="{stage}"}} {count}' in text
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) .+|karvon_[a-z_]+(\{[a-z]+="[^"]+"\})? \d+', line), line


def test_the_description_of_the_interface_is_whole(terminal: Terminal) -> None:
    told = terminal.nobody().get("/openapi.json")
    assert told["openapi"].startswith("3.")
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            if path.startswith(API):
                assert operation["description"].strip(), where
                assert operation["tags"], where


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "not_found"),
        ("POST", "/nothing/here", 404, "not_found"),
        ("DELETE", "/scans", 405, "method_not_allowed"),
        ("PUT", "/journal", 405, "method_not_allowed"),
        ("GET", "/consignments/NO-SUCH", 404, "not_found"),
        ("GET", "/units/NO-SUCH", 404, "not_found"),
        ("GET", "/visits/NO-SUCH", 404, "not_found"),
        ("GET", "/consignments/NO-SUCH/checks", 404, "not_found"),
        ("GET", "/consignments/NO-SUCH/journal", 404, "not_found"),
        ("GET", "/consignments/%00", 400, "bad_address"),
        ("GET", "/units/a%0Ab", 400, "bad_address"),
        ("GET", "/consignments?search=%00", 400, "bad_address"),
        ("GET", f"/units/{'9' * 200}", 422, "invalid_request"),
        ("GET", "/journal?after=-1", 422, "invalid_request"),
        ("GET", f"/journal?after={10**30}", 422, "invalid_request"),
        ("GET", "/journal?limit=0", 422, "invalid_request"),
        ("GET", f"/consignments/{REF}/journal?before={10**30}", 422, "invalid_request"),
        ("GET", f"/weighings?before={10**30}", 422, "invalid_request"),
        ("GET", "/consignments?limit=501", 422, "invalid_request"),
        ("GET", "/consignments?stage=NEVER", 422, "invalid_request"),
    ],
)
def test_errors_have_one_shape(
    terminal: Terminal, names: Mapping[str, str], method: str, path: str, status: int, code: str
) -> None:
    voice = terminal.person("customs_inspector")
    answer = voice.send(method, path)
    problem(answer, status, code)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]
    assert answer.headers["content-security-policy"] == policy("/api/", b"application/problem+json").decode()


@pytest.mark.parametrize(
    "path", ["/openapi.json", "//healthz", "//metrics", "//sign-in", "//", "//static/nothing.js"]
)
def test_every_answer_has_a_policy_and_lies_in_no_frame(terminal: Terminal, path: str) -> None:
    told = terminal.nobody().send("GET", path).headers["content-security-policy"].split("; ")
    assert {"frame-ancestors 'none'", "base-uri 'none'"} <= set(told)
    assert {"default-src 'none'", "object-src 'none'"} & set(told)


@pytest.mark.parametrize(
    "path",
    [
        "/consignments?after=x",
        "/consignments?after=2026~99999999999999999999999999",
        "/consignments?after=~1",
        "/consignments?search=%25_!",
        "/consignments?search=%F0%9F%99%82",
        "/visits?point=%F0%9F%99%82",
        "/weighings?visit=%27%3B--",
    ],
)
def test_odd_questions_are_answered(terminal: Terminal, path: str) -> None:
    voice = terminal.person("customs_inspector")
    answer = voice.send("GET", path)
    assert answer.status_code == 200, answer.text


def test_a_request_keeps_the_number_it_was_given(terminal: Terminal) -> None:
    nobody = terminal.nobody()
    kept = nobody.send("GET", "//healthz", headers={"x-request-id": "abc-12345"})
    assert kept.headers["x-request-id"] == "abc-12345"
    odd = nobody.send("GET", "//healthz", headers={"x-request-id": "a b\tc<script>"})
    assert re.fullmatch(r"[0-9a-f]{16}", odd.headers["x-request-id"])


@pytest.mark.parametrize(
    "accept", ["ru;q=x", "ru;q=\u00b2", ";;;,,,", "*", "uz;q=0", "a" * 5000, "ru;q=1.1.1"]
)
def test_odd_wishes_for_a_language_are_no_fault(terminal: Terminal, accept: str) -> None:
    headers = {"accept-language": accept.encode("latin-1")}
    answer = terminal.device("speaker").send("GET", "/session", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_read(terminal: Terminal) -> None:
    limit = terminal.service.settings.server.max_upload_mb << 20
    voice = terminal.person("document_officer")
    headers = {"content-type": "application/json", "content-length": str(limit + 1)}
    told = problem(voice.send("POST", "/scans", content=b"{}", headers=headers), 413, "too_large")
    assert told["max_bytes"] == limit
    problem(
        voice.send("POST", "/scans", content=b"{}", headers={"content-length": "9" * 5000}), 413, "too_large"
    )

    async def flood(start: bytes) -> Any:
        yield start
        for _ in range(limit // 2**20 + 1):
            yield b" " * 2**20

    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
    for path, kind, start in (
        ("/scans", "application/json", b" "),
        ("/pictures/codes", "image/png", b" "),
        ("/imports", "multipart/form-data; boundary=x", form),
    ):
        answer = voice.send("POST", path, content=flood(start), headers={"content-type": kind})
        problem(answer, 413, "too_large")


def test_a_fault_of_ours_has_the_same_shape_and_tells_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the inside of things")

    voice = terminal.person("auditor")
    monkeypatch.setattr("terminal.store.reader.Reader.entries_after", broken)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(terminal.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://karvon.test") as client:
            return await client.get(f"{API}/journal", headers=dict(voice.headers))

    answer = terminal.do(ask())
    problem(answer, 500, "fault")
    assert "inside" not in answer.text
