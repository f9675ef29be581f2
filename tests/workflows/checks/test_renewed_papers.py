"""DOC-02 where a paper was renewed: the old one beside a good new one warns; everything else holds."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.support.check_cases import AS_OF, a_case, fired, line, paper
from workflows.checks.documents import _FOR_A_PART
from workflows.findings import Severity
from workflows.papers import Document

TODAY = date(2026, 11, 16)
OLD = paper("AF_EXEMPTION", "OLD-1", issued=date(2026, 5, 1), valid_until=TODAY - timedelta(days=1))
NEW = paper("AF_EXEMPTION", "NEW-2", issued=date(2026, 11, 1), valid_until=date(2027, 2, 1))


def held(*documents: Document) -> bool:
    """True when DOC-02 holds the goods."""
    return bool(fired(a_case(line(), documents=documents), "DOC-02", least=Severity.HOLD))


def test_the_old_paper_warns_beside_its_renewal() -> None:
    assert AS_OF.date() == TODAY
    assert held(OLD)
    assert not held(OLD, NEW)
    assert not held(NEW, OLD), "in whatever order they came"
    assert fired(a_case(line(), documents=(OLD, NEW)), "DOC-02") == {"DOC-02@document:AF_EXEMPTION"}


def test_what_is_no_renewal_does_not_stand_in() -> None:
    for other in (
        paper("CMR", "NEW-2", issued=date(2026, 11, 1), valid_until=date(2027, 2, 1)),  # another paper
        paper("AF_EXEMPTION", "", issued=date(2026, 11, 1), valid_until=date(2027, 2, 1)),  # has no number
        paper("AF_EXEMPTION", "NEW-2", issued=TODAY + timedelta(days=1)),  # not good yet
        paper("AF_EXEMPTION", "NEW-2", valid_until=TODAY - timedelta(days=1)),  # over as well
    ):
        assert held(OLD, other), other
    for field in _FOR_A_PART:
        part = paper("AF_EXEMPTION", "NEW-2", issued=date(2026, 11, 1), fields={field: "1"})
        assert held(OLD, part), "a paper for a part of the goods does not replace one for all of them"


_DAYS = st.none() | st.dates(date(2026, 10, 1), date(2026, 12, 31))
_PAPERS = st.builds(
    lambda number, issued, until: paper("AF_EXEMPTION", number, issued=issued, valid_until=until),
    st.sampled_from(["", "A-1", "A-2"]),
    _DAYS,
    _DAYS,
)


@given(st.lists(_PAPERS, min_size=1, max_size=4))
def test_goods_go_on_only_with_a_paper_that_is_good_today(papers: list[Document]) -> None:
    good = [
        one
        for one in papers
        if (one.issued is None or one.issued <= TODAY)
        and (one.valid_until is None or one.valid_until >= TODAY)
    ]
    if not good:
        assert held(*papers)
    if any(one.number for one in good):
        assert not held(*papers)
