"""The measured screening: the set is the same for a seed, its figures are counted right, and quality has a floor."""

from __future__ import annotations

from terminal.bench.screening import (
    Labelled,
    Outcome,
    labelled,
    outcomes,
    quality,
    rows,
    sample_list,
    seconds_per_case,
)
from workflows.checks.reference import default_reference

RULES = default_reference().tolerances


def test_the_same_seed_gives_the_same_set() -> None:
    entries = sample_list()
    assert labelled(entries, 7) == labelled(entries, 7)
    assert labelled(entries, 7) != labelled(entries, 8)


def test_recall_and_precision_are_counted() -> None:
    def made(entry: str | None, score: float, *hits: str) -> Outcome:
        return Outcome(Labelled("x", "k", entry, True), score, frozenset(hits))

    told = quality([made("A", 0.95, "A"), made("B", 0.85, "B"), made(None, 0.93, "A"), made(None, 0.0)], 0.92)
    assert (told.recall, told.precision, told.wrong) == (0.5, 0.5, 1)
    assert quality([made("A", 0.0)], 0.92).precision == 1.0


def test_every_way_of_writing_is_found_and_decoys_are_not() -> None:
    for seed in (1, 2, 3):
        entries = sample_list()
        results = outcomes(entries, labelled(entries, seed, decoys=200))
        kinds = {one.labelled.kind for one in results if one.labelled.entry is not None}
        assert {"Arabic letters", "Arabic, no short vowels", "Cyrillic", "Uzbek Cyrillic"} <= kinds
        for kind in kinds - {"another vowel", "a typing mistake"}:
            group = [one for one in results if one.labelled.kind == kind]
            assert quality(group, RULES.review_score).recall >= 0.95, kind
        assert quality(results, RULES.review_score).recall >= 0.98
        assert quality(results, RULES.strong_score).recall >= 0.95
        assert quality(results, RULES.strong_score).precision == 1.0
        assert quality(results, RULES.review_score).precision >= 0.98


def test_every_figure_is_there() -> None:
    assert seconds_per_case(entries=30, parties=20) > 0
    told = dict(rows())
    assert {"names", "time a consignment", "time for 100,000 parties"} <= set(told)
    assert any("recall" in value for value in told.values())
