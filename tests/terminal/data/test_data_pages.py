"""Reference data on a screen: a wrong file is refused whole, a trial writes nothing, a new table counts at once and goes back."""

from __future__ import annotations

import json

from tests.support.app import Terminal, nonce
from workflows.checks.reference import shipped_texts
from workflows.events_data import ReferenceDataLoaded

TABLE = "tolerances.json"


def test_a_table_is_tried_replaced_and_brought_back(any_terminal: Terminal) -> None:
    terminal = any_terminal
    admin = terminal.person("administrator")
    terminal.announce("DATA-1", 1)

    def page(path: str = f"//data/{TABLE}") -> str:
        answer = admin.send("GET", path)
        assert answer.status_code == 200
        return answer.text

    def send(content: bytes, do: str) -> str:
        form = {"do": do, "note": "asked by the railway", "nonce": nonce()}
        files = {"file": ("any name.json", content, "application/json")}
        answer = admin.send("POST", f"//data/{TABLE}", data=form, files=files)
        assert answer.status_code in (200, 303), answer.text
        return answer.text

    def loadings() -> int:
        return sum(
            isinstance(e.event, ReferenceDataLoaded) and e.event.table == TABLE for e in terminal.journal()
        )

    assert "Tolerances and thresholds" in page("//data")
    assert "Nobody has replaced this table yet." in page()

    # A file that is none is refused whole, with what is wrong; that stands in the journal and nothing is in force.
    told = send(b'{"weight": {}}', "load")
    assert "The file was not taken." in told
    assert "What to look at" in told
    assert loadings() == 0

    # A trial tells what would come out otherwise and changes nothing.
    tables = json.loads(shipped_texts()[TABLE])
    tables["header_sum"]["packages"] = 5
    new = json.dumps(tables).encode()
    assert "Nothing that is under way would come out otherwise." in send(new, "try")
    assert loadings() == 0

    # In force, with who and why; then back to what came with the product.
    send(new, "load")
    assert loadings() == 1
    shown = page()
    assert "asked by the railway" in shown
    assert "In force" in shown
    back = {"version": "Shipped", "note": "as it was", "nonce": nonce()}
    assert admin.send("POST", f"//data/{TABLE}/rollback", data=back).status_code == 303
    assert loadings() == 2
    lost = {"version": "0000000", "nonce": nonce()}
    assert admin.send("POST", f"//data/{TABLE}/rollback", data=lost).status_code == 303
    assert loadings() == 2


def test_tables_of_others_are_none_of_this_page(any_terminal: Terminal) -> None:
    terminal = any_terminal
    admin = terminal.person("administrator")
    for name in ("watch_list.json", "risk_profiles.json", "no-such.csv"):
        assert admin.send("GET", f"//data/{name}").status_code == 404
        assert name not in admin.send("GET", "//data").text
    for login in ("customs_inspector", "auditor", "agency_user"):
        assert terminal.person(login).send("GET", f"//data/{TABLE}").status_code == 403
