"""Whatever the papers and the terminal say, the judge answers: any fields, any mixture, no exception."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.check_cases import AS_OF, a_case
from workflows.checks.case import (
    AxleGroup,
    CountSeen,
    GateRead,
    Observations,
    PassportRead,
    Planned,
    ScaleKnown,
    ScanSeen,
    SealSeen,
    WagonRead,
    WeighingSeen,
)
from workflows.checks.registry import BY_CODE
from workflows.checks.texts import LANGUAGES, sentence
from workflows.judge import judge
from workflows.papers import (
    Declared,
    DeclaredUnit,
    Document,
    Line,
    Mode,
    PaperDate,
    Person,
    TemperatureRange,
    Vehicle,
)

words = st.sampled_from(
    [
        "acetone",
        "без",
        "Diesel",
        "vaccine",
        "un",
        "калия перманганат",
        "kit",
        ",",
        "-free",
        "(",
        "tent",
        "\u200c",
        "ё",
        "",
        "UN3480",
        "108-24-7",
    ]
)
texts = st.one_of(st.text(max_size=15), st.lists(words, max_size=5).map(" ".join))
maybe = st.none()
codes = st.one_of(
    maybe,
    texts,
    st.text("0123456789", max_size=20),
    st.sampled_from(["095212340001001002", "52881045", "28461010", "QZQU4119070"]),
)
weights = st.one_of(maybe, st.decimals(-10, 60000, places=1, allow_nan=False, allow_infinity=False))
days = st.dates(date(2015, 1, 1), date(2040, 1, 1))
dates = st.one_of(
    maybe,
    st.builds(
        PaperDate, texts, st.lists(days, max_size=3).map(tuple), st.sampled_from(["day", "month", "year"])
    ),
)
hs = st.one_of(
    maybe,
    st.sampled_from(
        ["2841", "284161", "93", "300490", "300241", "110100", "852560", "3604", "6301400000", "9"]
    ),
)
ranges = st.one_of(maybe, st.builds(TemperatureRange, texts, weights, weights))
lines = st.builds(
    Line, st.integers(1, 5), texts, hs, packages=st.one_of(maybe, st.integers(0, 9)), package_type=st.sampled_from([None, "PX", "CT"]),
    gross_kg=weights, net_kg=weights, sscc=codes, gtin=codes, batch=codes, expiry=dates, best_before=dates, produced=dates,
    un_number=st.sampled_from([None, "1090", "0191", "9999", "2588"]), dg_class=st.sampled_from([None, "3", "8 (3)", "1.4S", "9", "?"]),
    temperature=ranges, container=codes, wagon=codes, seal=codes,
)  # fmt: skip
fields = st.dictionaries(
    st.sampled_from(
        [
            "regime",
            "packages",
            "gross_kg",
            "consignee",
            "batch",
            "quantity",
            "readings",
            "seal",
            "plates",
            "ministry",
        ]
    ),
    st.one_of(texts, st.integers(), st.lists(texts, max_size=2)),
    max_size=3,
)
documents = st.builds(
    Document, st.sampled_from(["AWB", "TIR", "COA", "TEMP_LOG", "NARC_AUTH", "SEAL_RECORD", "TRANSIT_DECL", "DRIVER_ID", "AF_LINE_MINISTRY", "CMR"]),
    texts, st.one_of(maybe, days), maybe, st.one_of(maybe, days), fields,
)  # fmt: skip
observed = st.builds(
    Observations,
    gate=st.lists(st.builds(GateRead, maybe, codes, codes, codes, st.one_of(maybe, st.floats(0, 1))), max_size=2).map(tuple),
    wagons=st.lists(st.builds(WagonRead, maybe, codes.map(lambda c: c or "")), max_size=3).map(tuple),
    seals=st.lists(st.builds(SealSeen, st.sampled_from(["vehicle", "container", "wagon:28461010", "wagon:"]), codes, st.sampled_from([None, "S", "h"]), st.sampled_from([None, "INTACT", "BROKEN", "REPLACED"])), max_size=2).map(tuple),
    weighings=st.lists(st.builds(WeighingSeen, st.sampled_from(["WB", "XX"]), st.sampled_from(["GROSS", "TARE", "UNIT", "AXLES", "NET"]), st.sampled_from(["vehicle", "container", "wagon:52881042", "095212340001001002"]), weights, st.sampled_from([None, True, False]), st.just(AS_OF), weights, st.lists(st.builds(AxleGroup, st.sampled_from(["single", "tridem", "odd"]), st.decimals(0, 30000, places=0)), max_size=3).map(tuple)), max_size=4).map(tuple),
    scans=st.lists(st.builds(ScanSeen, st.one_of(texts, st.just("]C100095212340001001002")), maybe, maybe, st.one_of(maybe, st.integers(1, 3))), max_size=3).map(tuple),
    counts=st.lists(st.builds(CountSeen, st.integers(0, 9), st.one_of(maybe, st.integers(1, 9)), codes), max_size=2).map(tuple),
    storage_plan=st.lists(st.builds(Planned, st.sampled_from(["B-1", "B-2"]), st.one_of(maybe, st.integers(1, 5))), max_size=3).map(tuple),
    passports=st.lists(st.builds(PassportRead, st.lists(texts, max_size=2).map(tuple)), max_size=2).map(tuple),
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    st.lists(lines, max_size=4),
    observed,
    st.lists(documents, max_size=4),
    st.sampled_from(Mode),
    texts,
    codes,
    weights,
)
def test_any_case_is_judged_and_told(
    goods: list[Line],
    seen: Observations,
    papers: list[Document],
    mode: Mode,
    name: str,
    code: str | None,
    kg: Decimal | None,
) -> None:
    case = a_case(
        *goods, mode=mode, observations=seen, documents=tuple(papers), sender=name, consignee=name, driver=Person(name, code),
        vehicle=Vehicle(code, code, kg), container=code, container_tare_kg=kg, seal=code, declared=Declared(3, kg, kg),
        units=(DeclaredUnit(1, code, gross_kg=kg),) if code else (), plan={"storage": True, "tir": bool(code)},
        context={"scales": {"WB": ScaleKnown("WB", "weighbridge_static", Decimal(400), Decimal(60000))}},
    )  # fmt: skip
    result = judge(case)
    assert result == judge(case)
    for found in (*result.findings, *result.cannot_tell):
        assert found.check in BY_CODE
        assert all(sentence(found, language) for language in LANGUAGES)
    assert not {(f.check, f.target) for f in result.findings} & {
        (f.check, f.target) for f in result.cannot_tell
    }
