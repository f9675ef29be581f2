"""The contract at its address says who may ask and which problems may come; a refused method names those that work."""

from __future__ import annotations

import json

import pytest

from terminal.api.problems import MEDIA_TYPE
from tests.support.app import API, Terminal, problem


def test_every_endpoint_tells_its_problems(terminal: Terminal) -> None:
    told = terminal.nobody().get("/openapi.json")
    assert "HTTPValidationError" not in json.dumps(told)
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"401", "403", "404", "422", "503"} <= set(answers), (method, path)
            assert MEDIA_TYPE in answers["422"]["content"], (method, path)
    assert set(told["components"]["securitySchemes"]) == {"session", "device"}
    assert "security" in told["paths"][f"{API}/journal"]["get"]
    assert "security" not in told["paths"]["/healthz"]["get"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/holds", {"GET", "POST"}),
        ("/journal", {"GET"}),
        ("/consignments/A/B", {"GET"}),
        ("/consignments/A/documents", {"POST"}),
    ],
)
def test_a_refused_method_names_every_one_that_works(
    terminal: Terminal, path: str, methods: set[str]
) -> None:
    answer = terminal.nobody().send("PATCH", path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize("day", ["0", "1700000000", "2026-1-1", "2026-11-16T00:00:00"])
def test_a_day_is_written_in_one_way(terminal: Terminal, day: str) -> None:
    auditor = terminal.person("auditor")
    assert auditor.send("GET", "/reports/terminal", params={"last": day}).status_code == 422
    assert auditor.send("GET", "/hit-rates", params={"first": day, "last": "2026-11-16"}).status_code == 422
    assert auditor.send("GET", "/reports/terminal", params={"last": "2026-11-16"}).status_code == 200


def test_a_name_that_takes_one_value_stands_once_in_a_query(terminal: Terminal) -> None:
    auditor = terminal.person("auditor")
    twice = problem(auditor.send("GET", "/journal?limit=5&limit=6"), 422, "invalid_request")
    assert twice["errors"] == [{"field": "query.limit", "message": "Give this once."}]
    assert auditor.send("GET", "/visits/x/axle-estimate?at=1&at=2").status_code == 404, "a list takes many"


@pytest.mark.parametrize("kg", ["١٢", "1e3", "1_000", " 12", "12 ", "+5", "0x10", "NaN", "", 12.5, True])
def test_a_weight_is_written_in_one_way(terminal: Terminal, kg: object) -> None:
    asked = {"plate": "75412CBA", "kg": kg, "paper": "Registration certificate"}
    told = problem(terminal.person("weighbridge_operator").post("/tares", **asked), 422, "invalid_request")
    assert told["errors"][0]["field"] == "body.kg"
