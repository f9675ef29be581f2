"""The handover at Hairatan over the API: a link without an account, a sheet typed in, a file, and hostile hands."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.support.app import API, Terminal, nonce, problem, refused
from tests.terminal.evidence.conftest import Truck, truck

JPEG = b"\xff\xd8\xff\xe0 a picture of pallets"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(width: int = 320, height: int = 120) -> bytes:
    """A signature as a canvas gives it."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(10, 60), (90, 20), (160, 90), (300, 40)], fill=(13, 42, 49), width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def gone(terminal: Terminal, ref: str, units: int = 3) -> Truck:
    """A truck that has left with its load."""
    made = truck(terminal, ref, units)
    out = made.step(
        "gate_operator", "GATE_OUT", plate=made.plate, point="gate-1", seals=[{"number": made.seal}]
    )
    assert out["verdict"] == "accepted", out
    return made


def link(made: Truck) -> str:
    """The address of a fresh link of this truck, from its root."""
    desk = made.person("document_officer")
    desk.must(f"/visits/{made.visit}/handover-link")
    told = desk.get(f"/visits/{made.visit}/handover-link")
    assert told["code"] in told["url"]
    token: str = told["url"].rpartition("/h/")[2]
    return token


def statement(labels: list[str], **more: Any) -> dict[str, Any]:
    return {
        "name": "Mirwais Karimi",
        "receipts": [{"item": label, "found": "RECEIVED"} for label in labels],
        **more,
    }


def send(
    terminal: Terminal,
    token: str,
    said: dict[str, Any] | str,
    photos: tuple[tuple[str, bytes], ...] = (),
    *,
    signature: bytes | None = None,
    number: str = "",
) -> httpx.Response:
    """Send a handover as the page does."""
    files = [("signature", ("signature.png", signature if signature is not None else png()))]
    files += [("photos", photo) for photo in photos]
    text = said if isinstance(said, str) else json.dumps(said)
    terminal.clock.forward(seconds=30)
    return terminal.nobody().send(
        "POST", f"/handover/{token}", data={"nonce": number or nonce(), "statement": text}, files=files
    )


def accepted(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert told["verdict"] == "accepted", told
    return told


def test_a_receiver_hands_over_without_an_account_and_the_loop_closes(terminal: Terminal) -> None:
    made = gone(terminal, "HND-1")
    token = link(made)
    seen = terminal.nobody().get(f"/handover/{token}")
    assert [one["item"] for one in seen["items"]] == sorted(made.labels, key=made.labels.index)
    assert seen["plate"] == made.plate
    assert made.seal in seen["seals"]
    assert not {"consignments", "digest", "holds", "lane", "weighings"} & set(seen)
    a, b, c = made.labels
    said = {
        "name": "Mirwais <script>alert(1)</script>",
        "place": "Hairatan",
        "receipts": [
            {"item": a, "found": "RECEIVED"},
            {"item": b, "found": "DAMAGED", "condition": "WET", "note": "rain", "photos": [0]},
            {"item": c, "found": "SHORT", "why": "LOST_ON_WAY"},
        ],
        "surplus": [{"what": "a carton", "count": 1}],
        "photos": [1],
        "done_at": terminal.clock.now.isoformat(),
    }
    number = nonce()
    photos = (("wet.jpg", JPEG), ("load.jpg", JPEG + b"2"))
    told = accepted(send(terminal, token, said, photos, number=number))
    assert (told["facts"]["received"], told["facts"]["damaged"], told["facts"]["short"]) == (1, 1, 1)
    # Sent again by a phone that never heard the answer: the same answer, nothing recorded.
    before = terminal.service.store.tail().seq
    again = send(terminal, token, said, photos, number=number).json()
    assert again["event"] == told["event"]
    done = send(terminal, token, {**said, "note": ""}, photos).json()
    assert done["verdict"] == "already_done"
    assert terminal.service.store.tail().seq == before + 1  # that it was asked again
    desk = made.person("document_officer")
    view = desk.get(f"/visits/{made.visit}/handovers")
    assert view["counts"] == {
        "loaded": 3, "received": 1, "damaged": 1, "short": 1, "on_the_way": 0, "surplus": 1,
    }  # fmt: skip
    (kept,) = view["handovers"]
    assert kept["by"].startswith("receiver:")
    consignment = desk.get("/consignments/HND-1")
    assert consignment["stage"] == "DELIVERED"
    assert consignment["units_by_stage"] == {"DELIVERED": 2, "LOST": 1}
    assert desk.get(f"/visits/{made.visit}")["stage"] == "CLOSED"
    # The pictures are there for the desk, proven by their hash, and for nobody else.
    path = f"/visits/{made.visit}/handover-pictures/{kept['signature']}"
    picture = desk.send("GET", path)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content == png()
    assert "sandbox" in picture.headers["content-security-policy"]
    assert made.person("agency_user").send("GET", path).status_code == 404
    # The agency sees that it arrived, and how.
    own = made.person("agency_user").get("/portal/consignments/HND-1")
    assert own["handed_over"] == {"received": 1, "damaged": 1, "short": 1, "on_the_way": 0}
    proof = made.person("agency_user").send("GET", "/papers/proof-of-delivery/HND-1")
    assert proof.content.startswith(b"%PDF-")
    assert made.person("agency_b").send("GET", "/papers/proof-of-delivery/HND-1").status_code == 404
    desk.must("/approvals", consignment="HND-1", step="CLOSED", note="all accounted for")


def test_links_are_one_trips_own_and_end(terminal: Terminal) -> None:
    made, other = gone(terminal, "HND-2"), gone(terminal, "HND-3")
    token, foreign = link(made), link(other)
    clerk = made.person("tally_clerk")
    refused(clerk.ask(f"/visits/{made.visit}/handover-link"), "NOT_PERMITTED", terminal)
    assert clerk.send("GET", f"/visits/{made.visit}/handover-link").status_code == 403
    # Another trip's link speaks of another load.
    refused(send(terminal, foreign, statement(made.labels)).json(), "NOT_ON_MANIFEST", terminal)
    code, _, proof = token.partition(".")
    forged = [
        f"{code}.{proof[:-1]}x",
        f"{foreign.partition('.')[0]}.{proof}",
        code,
        "nonsense",
        "A" * 300,
        "%00x",
    ]
    for one in forged:
        terminal.clock.forward(seconds=60)
        answer = terminal.nobody().send("GET", f"/handover/{one}")
        assert answer.status_code in (400, 404), answer.text
        terminal.clock.forward(seconds=60)
        assert send(terminal, one, statement(made.labels)).status_code in (400, 404)
        if answer.status_code == 404:
            entry = terminal.newest()
            assert (entry.type, entry.subject) == ("StepRefused", "label:handover")
    # A new one makes the old one worthless; taking back ends it; time ends it.
    newer = link(made)
    problem(send(terminal, token, statement(made.labels)), 410, "link_not_good")
    desk = made.person("document_officer")
    refused(desk.ask(f"/visits/{made.visit}/handover-link/end", note=" "), "REASON_NEEDED", terminal)
    desk.must(f"/visits/{made.visit}/handover-link/end", note="the sheet was lost")
    problem(send(terminal, newer, statement(made.labels)), 410, "link_not_good")
    # Nobody follows a vehicle by the code of its handover.
    assert terminal.nobody().send("GET", f"/track/{code}").status_code == 404


def test_hostile_statements_are_refused_and_kept(terminal: Terminal) -> None:
    made = gone(terminal, "HND-4")
    token = link(made)
    labels = made.labels
    damaged = statement(labels, photos=[0])
    for name, data in (("photo.svg", SVG), ("photo.jpg", SVG), ("two.jpg", JPEG + b"<script>x</script>")):
        told = send(terminal, token, damaged, ((name, data),)).json()
        refused(told, "FILE_NOT_TAKEN", terminal)
    big = JPEG + b"\0" * (9 << 20)
    told = send(terminal, token, damaged, (("big.jpg", big),)).json()
    assert refused(told, "FILE_NOT_TAKEN", terminal)["facts"]["why"] == "too_large"
    huge = send(terminal, token, damaged, (("huge.jpg", JPEG + b"\0" * (50 << 20)),))
    assert huge.status_code == 413
    entry = terminal.newest()
    assert (entry.type, entry.data["action"]) == ("SecurityEvent", "too_large")
    assert entry.subject == f"visit:{made.visit}"
    for signature in (SVG, b"", JPEG, png()[:20], png(2401, 10), b"\x89PNG\r\n\x1a\n" + b"\0" * 400_000):
        refused(send(terminal, token, statement(labels), signature=signature).json(), "INVALID", terminal)
    for said in ("", "[]", "{", "null", '{"name": "x"}', json.dumps(statement(labels, name="a\x00b")),
                 json.dumps(statement(labels, photos=[0])), json.dumps(statement(labels, more=1)),
                 '{"name": "\\ud800", "receipts": []}'):  # fmt: skip
        problem(send(terminal, token, said), 422, "invalid_request")
    refused(send(terminal, token, statement(labels[:2])).json(), "UNITS_NOT_MARKED", terminal)
    refused(send(terminal, token, statement([*labels, labels[0]])).json(), "NOT_ON_MANIFEST", terminal)
    short = statement(labels)
    short["receipts"][0] = {"item": labels[0], "found": "SHORT"}
    refused(send(terminal, token, short).json(), "REASON_NEEDED", terminal)
    # Replayed with other words: what was said stands, and saying otherwise needs a reason.
    accepted(send(terminal, token, statement(labels)))
    otherwise = statement(labels)
    otherwise["receipts"][0] = {"item": labels[0], "found": "SHORT", "why": "STOLEN"}
    refused(send(terminal, token, otherwise).json(), "ALREADY_HANDED_OVER", terminal)
    told = accepted(send(terminal, token, {**otherwise, "correction": True, "note": "opened again"}))
    assert told["facts"]["short"] == 1
    view = made.person("auditor").get(f"/visits/{made.visit}/handovers")
    assert [one["correction"] for one in view["handovers"]] == [False, True]


def test_a_held_vehicle_crosses_nothing_and_says_no_more_than_it_must(terminal: Terminal) -> None:
    made = gone(terminal, "HND-5")
    token = link(made)
    made.person("customs_inspector").must(
        "/holds", subject=f"visit:{made.visit}", reason="INTELLIGENCE", note="a tip"
    )
    told = send(terminal, token, statement(made.labels)).json()
    first = refused(told, "OPEN_HOLD", terminal)
    assert first["facts"]["authority"] == "CUSTOMS"
    assert "tip" not in json.dumps(told)


def test_a_signed_sheet_is_typed_in_by_its_code(terminal: Terminal) -> None:
    made = gone(terminal, "HND-6")
    code = link(made).partition(".")[0]
    desk = made.person("document_officer")
    short = [{"item": made.labels[0], "found": "SHORT", "why": "NOT_ON_VEHICLE"}]
    body = {"statement": {"name": "Najib", "receipts": short}, "rest_received": True}
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    refused(desk.ask("/handovers/sheet", code=wrong, **body), "INVALID", terminal)
    refused(
        made.person("gate_operator").ask("/handovers/sheet", code=code, **body), "NOT_PERMITTED", terminal
    )
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]} "
    told = desk.must("/handovers/sheet", code=typed, **body)
    assert (told["facts"]["received"], told["facts"]["short"]) == (2, 1)
    assert desk.ask("/handovers/sheet", code=code, **body)["verdict"] == "already_done"


CSV = "unit;found;why;condition;note\n{0};received;;;\n(00){1};damaged;;wet;rain\n{2};short;;;\n123;received;;;\n{0};ok;;;\n"


def test_a_file_of_receipts_is_taken_row_by_row(terminal: Terminal) -> None:
    made = gone(terminal, "HND-7")
    desk = made.person("document_officer")

    def file(data: bytes, who: Any = desk, **more: str) -> dict[str, Any]:
        answer = who.send(
            "POST",
            f"/visits/{made.visit}/handovers/file",
            data={"nonce": nonce(), "name": "Najib", **more},
            files={"file": ("receipts.csv", data)},
        )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    told = file(CSV.format(*made.labels).encode())
    assert told["facts"]["on_the_way"] == 1
    assert [(one["row"], one["column"], one["wrong"]) for one in told["bad_rows"]] == [
        (4, "why", "unknown_word"),
        (5, "unit", "not_on_manifest"),
        (6, "unit", "twice"),
    ]
    assert all(one["sentence"] for one in told["bad_rows"])
    for data in (
        b"\xff\xfe",
        b"",
        b"a,b\n1,2\n",
        b"[1, 2]",
        b'{"receipts": 3}',
        b"{",
        b'unit,found\n"a\n',
        b"[" * 9000,
    ):
        told = file(data)
        refused(told, "INVALID", terminal)
        assert told["bad_rows"]
    refused(file(b"unit,found\n", made.person("gate_operator")), "NOT_PERMITTED", terminal)
    last = {"name": "Najib", "receipts": [{"unit": made.labels[2], "found": "RECEIVED"}]}
    told = file(json.dumps(last).encode(), name="")
    assert told["facts"]["on_the_way"] == 0
    assert told["bad_rows"] == []


def test_the_manifest_comes_as_csv_json_and_paper(terminal: Terminal) -> None:
    made = gone(terminal, "HND-9")
    desk = made.person("document_officer")
    table = desk.send("GET", f"/visits/{made.visit}/manifest.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = table.text.splitlines()
    assert rows[0] == "unit,consignment,line,description,packages,condition,gross_kg"
    assert [row.split(",")[0] for row in rows[1:]] == made.labels
    told = desk.get(f"/visits/{made.visit}/manifest")
    assert [one["item"] for one in told["items"]] == made.labels
    link(made)
    for lang in ("en", "ru", "uz"):
        sheet = desk.send("GET", f"/papers/handover-sheet/{made.visit}", params={"lang": lang})
        assert sheet.content.startswith(b"%PDF-"), sheet.text
    assert made.person("gate_operator").send("GET", f"/papers/handover-sheet/{made.visit}").status_code == 404


def test_overdue_trips_stand_on_the_desks_list_until_they_are_over(terminal: Terminal) -> None:
    made = gone(terminal, "HND-8")
    watch = made.person("situation_centre")
    mine = [one for one in watch.get("/trips") if one["visit"] == made.visit]
    assert [one["lateness"] for one in mine] == ["ON_TIME"]
    assert not [one for one in watch.get("/trips", overdue=True) if one["visit"] == made.visit]
    terminal.clock.forward(hours=25)
    watch = made.person("situation_centre")
    (line,) = [one for one in watch.get("/trips", overdue=True) if one["visit"] == made.visit]
    assert line["counts"]["on_the_way"] == 3
    token = link(made)
    terminal.clock.forward(days=14)
    problem(terminal.nobody().send("GET", f"/handover/{token}"), 410, "link_not_good")
    accepted(send(terminal, link(made), statement(made.labels)))
    watch = made.person("situation_centre")
    assert made.visit not in [one["visit"] for one in watch.get("/trips")]
    assert made.person("agency_user").send("GET", "/trips").status_code == 403


def test_on_both_databases_a_handover_is_one_commit(any_terminal: Terminal) -> None:
    made = gone(any_terminal, "HND-DB", 2)
    told = accepted(send(any_terminal, link(made), statement(made.labels)))
    assert any_terminal.entry(told["event"]).type in ("StageChanged", "HandoverRecorded")
    assert made.person("document_officer").get("/consignments/HND-DB")["stage"] == "DELIVERED"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_strangers_cannot_fill_the_journal(any_terminal: Terminal, method: str) -> None:
    before = any_terminal.service.store.tail().seq
    for _ in range(60):
        any_terminal.clock.forward(milliseconds=200)
        any_terminal.send(method, f"{API}/handover/22222222222.x", headers={})
    assert any_terminal.service.store.tail().seq - before <= 22
    any_terminal.clock.now += timedelta(minutes=1)
