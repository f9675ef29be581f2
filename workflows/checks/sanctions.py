"""SAN: parties against the UN Security Council list. Chapter 8.7 of the domain notes.

A hit never refuses by itself: two persons decide for a strong one. Without a list nobody can tell, and for sanctions
that counts as HOLD (chapter 8.8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from workflows.checks.case import Case
from workflows.checks.facts import finding
from workflows.checks.reference import Reference
from workflows.findings import Finding, Severity
from workflows.identifiers import Passport, read_passport
from workflows.screening import Hit, Subject, screen
from workflows.screening_names import NameWords, fold_word, name_words, prepare


@lru_cache(maxsize=8)
def vocabulary(reference: Reference) -> NameWords:
    """The folded vocabulary of names of one set of tables."""
    return name_words(reference.name_words)


def parties(case: Case) -> list[tuple[str, Subject]]:
    """(role, who) of everybody to be screened: sender, consignee, notify, donor, carrier, driver, owner ...

    A name that stands in the head of a file and says something else than the pre-advice is screened too.
    """
    papers = case.papers
    found = [
        (role, Subject(name))
        for role, name in (
            ("sender", papers.sender), ("consignee", papers.consignee), ("notify", papers.notify),
            ("donor", papers.donor), ("carrier", papers.carrier), *case.other_parties,
        )
        if name and name.strip()
    ]  # fmt: skip
    if papers.driver is not None:
        found.append(("driver", Subject(papers.driver.name, False, None, papers.driver.document_number)))
    for passport in holders(case):
        name = f"{passport.given_names} {passport.surname}".strip()
        found.append(("driver", Subject(name, False, passport.born, passport.number)))
    found += [
        ("driver", Subject(seen.name, False)) for seen in case.observations.drivers if seen.name.strip()
    ]
    stated = [(header.source, dict(header.values)) for header in case.headers]
    stated += [
        (paper.type, {str(key): str(value) for key, value in paper.fields.items()})
        for paper in papers.documents
    ]
    for _, values in stated:
        found.extend((role, Subject(values[key])) for role, key in _STATED if values.get(key, "").strip())
    # an address behind the name would hide it: the part before the first comma is screened too
    heads = [
        (role, replace(who, name=head)) for role, who in found if (head := who.name.split(",")[0]) != who.name
    ]
    # "NAMUNAWAL, Turyalay" is one name: a person's head alone says nothing
    found += [(role, who) for role, who in heads if who.organisation is None and len(who.name.split()) > 1]
    return list(dict.fromkeys(found))


_STATED = (
    ("sender", "sender"), ("sender", "shipper"), ("consignee", "consignee"), ("carrier", "carrier"), ("donor", "donor"),
    ("notify", "notify"), ("driver", "driver"), ("owner", "owner"),
    ("end_user", "end_user"),
)  # fmt: skip


def holders(case: Case) -> list[Passport]:
    """The holders of the travel documents that were read whole; a zone with a wrong digit names nobody."""
    read = (
        one.holder or read_passport("\n".join(one.lines), case.context.today)
        for one in case.observations.passports
    )
    return [passport for passport in read if isinstance(passport, Passport)]


def hits_by_role(case: Case) -> dict[str, tuple[Hit, Subject]]:
    """The best hit of each role; empty without a list."""
    if case.context.sanctions is None:
        return {}
    rules, words = case.reference.tolerances, vocabulary(case.reference)
    best: dict[str, tuple[Hit, Subject]] = {}
    for role, subject in parties(case):
        hits = screen(subject, case.context.sanctions, words, rules.review_score)
        if hits and (role not in best or hits[0].score > best[role][0].score):
            best[role] = (hits[0], subject)
    return best


def strong_match(case: Case) -> Iterator[Finding]:
    """SAN-01: score of at least 0.92, exact original script, or the number of an identity document."""
    for role, (hit, subject) in hits_by_role(case).items():
        if hit.score >= case.reference.tolerances.strong_score:
            yield _finding(case, "SAN-01", Severity.BLOCK, role, hit, subject)


def possible_match(case: Case) -> Iterator[Finding]:
    """SAN-02: score in the review band (0.82 to 0.92)."""
    for role, (hit, subject) in hits_by_role(case).items():
        if hit.score < case.reference.tolerances.strong_score:
            yield _finding(case, "SAN-02", Severity.HOLD, role, hit, subject)


def _finding(case: Case, check: str, severity: Severity, role: str, hit: Hit, subject: Subject) -> Finding:
    parts = [{"given": p.given, "listed": p.listed, "alike": p.alike, "weight": p.weight} for p in hit.parts]
    sanctions = case.context.sanctions
    return finding(
        check, severity, f"party:{role}", name=subject.name, entry=hit.entry.reference, entry_version=hit.entry.version,
        listed_name=hit.listed_name, score=hit.score, why=hit.why, birth=hit.birth, parts=parts, list_type=hit.entry.list_type,
        list_sha256=sanctions.sha256 if sanctions else "",
    )  # fmt: skip


def list_age(case: Case) -> Iterator[Finding]:
    """SAN-03: the copy of the list is older than 24 hours (WARN) or 7 days (HOLD); no list counts as HOLD."""
    sanctions, rules = case.context.sanctions, case.reference.tolerances
    moment = None if sanctions is None else sanctions.loaded_at or sanctions.generated_at
    if moment is None:
        why = "no_list" if sanctions is None else "age_unknown"
        yield Finding("SAN-03", Severity.HOLD, "consignment", {"missing": why}, cannot_tell=True)
        return
    age = case.context.as_of - moment
    hours = int(age.total_seconds() // 3600)
    facts = {
        "loaded_at": moment.isoformat(),
        "age_hours": hours,
        "warn_hours": rules.list_warn_hours,
        "hold_days": rules.list_hold_days,
    }
    if age > timedelta(days=rules.list_hold_days):
        yield finding("SAN-03", Severity.HOLD, "consignment", **facts)
    elif age > timedelta(hours=rules.list_warn_hours):
        yield finding("SAN-03", Severity.WARN, "consignment", **facts)


def same_person(one: str, other: str, reference: Reference) -> bool:
    """True when two spellings may be one person: the words of the shorter name are found in the longer one.

    Apostrophes, alphabets and order do not count; fathers' names may be missing; one initial may stand for a name.
    """
    words = vocabulary(reference)
    left, right = (prepare(name, words).tokens for name in (one, other))
    small, large = sorted((list(left), list(right)), key=len)
    if not small:
        return fold_word(one) == fold_word(other)
    for word in small:
        match = next((other_word for other_word in large if _same_word(word, other_word)), None)
        if match is None:
            return False
        large.remove(match)
    return True


_VOWELS = str.maketrans({"o": "a", "u": "a", "e": "i", "y": "i"})


def _same_word(a: str, b: str) -> bool:
    if a == b or (min(len(a), len(b)) >= 9 and (a.startswith(b) or b.startswith(a))):
        return True  # a passport zone cuts long names
    if a.translate(_VOWELS) == b.translate(_VOWELS) and len(a) > 2:
        return True
    if abs(len(a) - len(b)) > 1 or min(len(a), len(b)) < 5:
        return False
    return int(DamerauLevenshtein.distance(a, b)) <= 1
