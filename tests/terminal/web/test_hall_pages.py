"""The pages of the hall, asked of a running terminal: forms do what they say, and each role finds what is theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from terminal.store import url_of
from tests.support.app import Terminal, Voice, nonce, sscc, terminal_at

REF = "HALLPAGE-1"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal without described places, to begin with."""
    folder = tmp_path_factory.mktemp("hall")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        made.announce(REF, 2)
        yield made


def page(voice: Voice, path: str) -> str:
    answer = voice.send("GET", "/" + path)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def fill(voice: Voice, path: str, **fields: str) -> str:
    """Send a form; returns where it leads."""
    csrf = dict(voice.headers)["x-csrf-token"]
    answer = voice.send("POST", "/" + path, data={"csrf": csrf, "nonce": nonce(), **fields})
    assert answer.status_code == 303, answer.text[:300]
    return str(answer.headers["location"])


def test_an_administrator_describes_places_and_takes_one_away(terminal: Terminal) -> None:
    admin = terminal.person("administrator")
    assert "No places are described yet" in page(admin, "/stock")
    for place, column in (("A-01", "1"), ("A-02", "2")):
        fill(admin, "/stock/places", place=place, kind="BAY", zone="A", row="1", column=column, units="2")
    fill(
        admin, "/stock/places", place="C-01", kind="BAY", zone="C", row="1", column="1", min_c="2", max_c="8"
    )
    assert "A-02" in page(admin, "/stock/places")
    fill(
        admin, "/stock/places", place="A-03", kind="BAY", zone="A", row="1", column="1", min_c="8", max_c="2"
    )
    fill(admin, "/stock/places", place="A-02", away="yes")
    shown = [one["place"] for one in admin.get("/places")["places"]]
    assert shown == ["A-01", "C-01"]
    assert terminal.person("tally_clerk").send("GET", "//stock/places").status_code == 403


def test_the_sheet_and_the_unit_can_be_looked_at(terminal: Terminal) -> None:
    clerk = terminal.person("tally_clerk")
    sheet = page(clerk, f"/tallies/{REF}")
    assert "0 of 2" in sheet
    with terminal.service.reading() as reader:
        (first, _) = reader.units_of(REF)
    assert first.label in page(clerk, f"/units/{first.label}")
    assert "Nothing to pick" in page(clerk, f"/picks/{REF}")
    assert first.label in page(clerk, f"/stock?q={first.label}")
    assert f'data-only="{REF}"' in page(clerk, f"/tally?only={REF}")
    assert fill(clerk, f"/tallies/{REF}/close", note="nothing came") == f"/tallies/{REF}"
    assert terminal.person("agency_b").send("GET", f"//tallies/{REF}").status_code in (403, 404)


def test_a_count_is_made_on_its_page(terminal: Terminal) -> None:
    keeper = terminal.person("warehouse_keeper")
    where = fill(keeper, "/counts", zone="C")
    assert where.startswith("/counts/")
    assert fill(keeper, f"{where}/scan", code="KRV:BAY:C-01") == f"{where}?place=C-01"
    fill(keeper, f"{where}/scan", code=sscc(88_000), place="C-01")
    fill(keeper, f"{where}/close")
    officer = terminal.person("document_officer")
    assert "Not in the books here" in page(officer, where)
    fill(officer, f"{where}/settle", label=sscc(88_000), settlement="LEFT", note="not ours")
    assert "Over" in page(officer, where)
    assert "Losses and damage" in page(officer, "/losses?kind=TORN")
