"""Gate passes over the API: issued, proven without asking us, taken back by themselves, and worth nothing by themselves."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from terminal.cli import main
from terminal.evidence import karvon_verify as kv
from terminal.keys import Keys
from tests.support.app import Terminal, refused
from tests.terminal.evidence.conftest import Truck, truck


def issued(made: Truck) -> str:
    made.person("release_officer").must(f"/visits/{made.visit}/gate-pass")
    told: str = made.person("gate_operator").get(f"/visits/{made.visit}/gate-pass")["text"]
    return told


def keys_of(terminal: Terminal) -> list[kv.Key]:
    return [kv.read_key(line) for line in terminal.nobody().send("GET", "/keys").text.splitlines()]


def revoked(terminal: Terminal) -> dict[str, str]:
    note = terminal.nobody().send("GET", "/gate-passes/revoked")
    assert note.status_code == 200
    return dict(kv.revoked_in(note.content, keys_of(terminal)))


def scan(made: Truck, text: str) -> dict[str, Any]:
    return made.person("gate_operator").scan(text, "GATE_OUT", "gate-1", symbology="]Q1")


def test_a_pass_is_proven_far_from_the_terminal(terminal: Terminal) -> None:
    made = truck(terminal, "PASS-1")
    refused(made.person("gate_operator").ask(f"/visits/{made.visit}/gate-pass"), "NOT_PERMITTED", terminal)
    text = issued(made)
    said = kv.verify_pass(text, keys_of(terminal), terminal.clock.now)
    assert (said["visit"], said["consignments"], said["plate"]) == (made.visit, ["PASS-1"], made.plate)
    assert (said["seals"], said["units"]) == ([made.seal], 3)
    assert float(said["min_kg"]) < 15420 + float(made.kg) < float(said["max_kg"])
    assert len(text) < 700
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:")
    assert kv.verify_pass(f" {text.lower()}\n", keys_of(terminal)) == said
    with pytest.raises(kv.Broken, match="good until"):
        kv.verify_pass(text, keys_of(terminal), said["expires_at"])
    again = made.person("release_officer").ask(f"/visits/{made.visit}/gate-pass")
    assert again["verdict"] == "already_done"


def test_no_pass_before_everything_is_there(terminal: Terminal) -> None:
    made = truck(terminal, "PASS-2", ready=False)
    desk = made.person("release_officer")
    refused(desk.ask(f"/visits/{made.visit}/gate-pass"), "NOT_INSIDE", terminal)
    made.arrive()
    refused(desk.ask(f"/visits/{made.visit}/gate-pass"), "INVALID", terminal)
    made.release()
    made.load()
    assert issued(made)
    refused(desk.ask("/visits/NO-SUCH/gate-pass"), "NOT_FOUND", terminal)


def test_one_changed_sign_is_noticed(terminal: Terminal) -> None:
    made = truck(terminal, "PASS-3")
    text, keys = issued(made), keys_of(terminal)
    body = base64.b32decode(text[len(kv.PASS_PREFIX) :] + "=" * (-len(text[len(kv.PASS_PREFIX) :]) % 8))
    for at in range(len(body)):
        bent = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(kv.Broken):
            kv.verify_pass(kv.pass_text(bent[:-64], bent[-64:]), keys)
    torn = text[: -((len(text) - len(kv.PASS_PREFIX) - 1) % 8 or 8)]  # of a length that base 32 never has
    with pytest.raises(kv.Broken, match="read whole"):
        kv.verify_pass(torn, keys)
    other = Keys(terminal.service.settings.data_dir / "other", "UZTER").current(terminal.clock.now)
    payload, _ = kv.split_pass(text)
    forged = kv.pass_text(payload, other.sign(kv.PASS_CONTEXT + payload))
    with pytest.raises(kv.Broken, match="signature is false"):
        kv.verify_pass(forged, keys)
    told = scan(made, forged)
    refused(told, "GATEPASS_NOT_GOOD", terminal)
    refused(scan(made, torn), "GATEPASS_NOT_GOOD", terminal)
    refused(scan(made, text[:-3]), "GATEPASS_NOT_GOOD", terminal)


@pytest.mark.parametrize("what", ["hold", "papers", "weigh", "unload", "replace"])
def test_a_pass_falls_with_what_it_stood_on(terminal: Terminal, what: str) -> None:
    made = truck(terminal, f"FALL-{what}")
    text = issued(made)
    identity = kv.read_pass(text)["id"]
    assert identity not in revoked(terminal)
    customs = made.person("customs_inspector")
    match what:
        case "hold":
            customs.must("/holds", subject=f"consignment:{made.ref}", reason="SEAL", note="looks odd")
            why = "HOLD"
        case "papers":
            made.person("document_officer").must(
                f"/consignments/{made.ref}/documents", type="INSURANCE", number="INS-1"
            )
            why = "CHANGED"
        case "weigh":
            made.weigh(15420 + made.kg, "WEIGH_OUT")
            why = "WEIGHED"
        case "unload":
            made.person("tally_clerk").must(f"/visits/{made.visit}/steps", step="LOAD", point="load-1")
            why = "OPENED"
        case _:
            terminal.clock.forward(hours=0)
            terminal.service.keys.rotate(terminal.clock.now)
            issued(made)
            why = "REPLACED"
    gone = revoked(terminal)
    assert gone[identity].endswith(f" {why}")
    told = scan(made, text)
    assert refused(told, "GATEPASS_NOT_GOOD", terminal)["facts"]["revoked_for"] == why
    assert "taken back" in told["sentence"]
    terminal.clock.forward(hours=13)
    assert identity not in revoked(terminal)


def test_a_scanned_pass_tells_and_decides_nothing(terminal: Terminal) -> None:
    made = truck(terminal, "PASS-4")
    text = issued(made)
    told = scan(made, text)
    assert told["verdict"] == "attention"
    assert told["facts"] == {
        "visit": made.visit,
        "plate": made.plate,
        "seals": [made.seal],
        "pass": kv.read_pass(text)["id"],
    }
    assert terminal.entry(told["event"]).type == "ScanNoted"
    assert made.person("gate_operator").get(f"/visits/{made.visit}")["stage"] == "WEIGH_OUT"
    wrong = made.step(
        "gate_operator", "GATE_OUT", plate="75999XYZ", point="gate-1", seals=[{"number": made.seal}]
    )
    assert wrong["verdict"] == "refused"
    page = made.person("gate_operator").send("GET", f"//gate?point=gate-1&plate={text}").text
    assert made.visit in page
    assert f'value="{made.seal}"' in page
    right = made.step(
        "gate_operator", "GATE_OUT", plate=made.plate, point="gate-1", seals=[{"number": made.seal}]
    )
    assert right["verdict"] == "accepted", right
    told = scan(made, text)
    assert "used" in told["sentence"]
    refused(told, "GATEPASS_NOT_GOOD", terminal)


def test_the_command_proves_a_pass(
    terminal: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = truck(terminal, "PASS-5")
    text = issued(made)
    key, note = tmp_path / "karvon.key", tmp_path / "revoked"
    key.write_text(terminal.nobody().send("GET", "/keys").text, encoding="utf-8")
    note.write_bytes(terminal.nobody().send("GET", "/gate-passes/revoked").content)
    terminal.clock.forward(hours=0)
    kv.verify_pass(text, kv.read_keys(str(key)))
    late = main(["verify", "--pass", text, "--key", str(key), "--revoked", str(note), "--json"])
    out = capsys.readouterr().out
    # The terminal's clock stands in another year than the machine's: the pass is genuine, and over or not.
    assert (late, '"ok": true' in out) in ((0, True), (1, False))
    assert main(["verify", "--pass", text[:-9], "--key", str(key)]) == 1
    assert "read whole" in capsys.readouterr().out
    assert main(["verify", "--pass", text]) == 2
    assert "--key" in capsys.readouterr().err


def test_rotation_leaves_old_passes_provable(terminal: Terminal) -> None:
    made = truck(terminal, "PASS-6")
    text = issued(made)
    terminal.clock.forward(minutes=1)
    terminal.service.keys.rotate(terminal.clock.now)
    assert len(keys_of(terminal)) >= 2
    kv.verify_pass(text, keys_of(terminal), terminal.clock.now)
    assert scan(made, text)["verdict"] == "attention"
    terminal.clock.forward(hours=1)
    assert kv.read_pass(text)["expires_at"] - terminal.clock.now < timedelta(hours=12)
