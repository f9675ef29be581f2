"""The risk desk: lanes of consignments under way, how one came about, audits, profiles, and the hit-rate report."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import PlainTextResponse, Response

from terminal.api.problems import not_found
from terminal.cases import hit_rates, profiles, routing
from terminal.web.consignments import BAD_DATE, day
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.wording import word
from workflows.profiles import Criteria, Profile
from workflows.roles import Right
from workflows.routing import MARKED
from workflows.routing_state import AuditResult, Lane

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=2000)]
Nonce = Annotated[str, Form(max_length=80)]
NO_LAST_DAY = N_("A risk profile needs a first and a last day.")
BAD_POINTS = N_("Write the points as a whole number from -100 to 100.")
BAD_DAYS = N_("The last day must not be before the first, nor more than two years after it.")
#: what the report shows when nobody chose days
USUAL_DAYS = timedelta(days=30)


@router.get("/lanes")
def get_lanes(page: MyPage, lane: Annotated[str, Query(max_length=10)] = "") -> Response:
    """Lanes of consignments under way, and the audits that are open."""
    page.insist(Right.READ_RISK)
    wanted = Lane(lane) if lane in tuple(Lane) else None
    with page.service.reading() as reader:
        return page.html(
            "lanes.html",
            rows=routing.desk(reader, wanted),
            audits=routing.audits(reader),
            results=_words(page, "audit_result", AuditResult),
            may_close=page.may(Right.CLOSE_AUDIT),
        )


@router.get("/lanes/of")
def get_lane(page: MyPage, consignment: Annotated[str, Query(max_length=80)]) -> Response:
    """How the lane of one consignment came about, and the forms to change it."""
    page.insist(Right.READ_RISK)
    with page.service.reading() as reader:
        found = routing.shown(reader, consignment)
        if found is None:
            raise not_found("lane of", consignment)
        names = {p.id: p.title for p in profiles.profiles(reader, page.service.room)}
        people = {
            one.id: one.name
            for one in (
                reader.people.get(i)
                for i in {
                    *(m.by for m in found.routing.marks),
                    *([found.routing.person.by] if found.routing.person else []),
                    *([found.routing.person.confirmed_by or ""] if found.routing.person else []),
                    *([found.routing.proposal.by] if found.routing.proposal else []),
                }
            )
            if one is not None
        }
    return page.html(
        "lane.html",
        v=found,
        choice=found.routing.choice,
        titles=names,
        people=people,
        lanes=_words(page, "lane", Lane),
        marks=_words(page, "indicator", MARKED),
        may_set=page.may(Right.SET_LANE),
        may_confirm=page.may(Right.CONFIRM_LANE) and found.routing.proposal is not None,
        may_mark=page.may(Right.MARK_RISK),
        because=lambda text: _because(page, text),
    )


def _because(page: Page, text: str) -> str:
    """What an indicator rests on, in words: "arrival:TIME", "amended:COUNT", "consignment:REF"; any other text as it is."""
    kind, _, name = text.partition(":")
    if kind == "arrival":
        with suppress(ValueError):
            name = page.words.datetime(datetime.fromisoformat(name))
        return f"{page.words.gettext(word('event', 'VisitEntered'))}: {name}"
    if kind == "amended":
        return f"{page.words.gettext(word('event', 'ConsignmentAmended'))}: {name}"
    return name if kind == "consignment" and name else text


def _words(page: Page, kind: str, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Codes with their words in the reader's language, for a choice."""
    return tuple((str(code), page.words.gettext(word(kind, str(code)))) for code in codes)


def _of(ref: str) -> str:

    return f"/lanes/of?consignment={quote(ref, safe='')}"


@router.post("/lanes/set")
async def post_lane(
    page: MyPage, consignment: Text, lane: Annotated[Lane, Form()], why: Long = "", nonce: Nonce = ""
) -> Response:
    """Set another lane."""
    request = page.asked(nonce, {"consignment": consignment, "lane": lane.value, "why": why})
    answer = await page.service.write(lambda books: routing.set_lane(books, consignment, lane, why, request))
    return page.after(answer, _of(consignment))


@router.post("/lanes/mark")
async def post_mark(
    page: MyPage, consignment: Text, indicator: Text, why: Long = "", off: Text = "", nonce: Nonce = ""
) -> Response:
    """Mark an indicator, or take the mark back."""
    on = not off
    request = page.asked(nonce, {"consignment": consignment, "indicator": indicator, "on": on, "why": why})
    judge = page.service.judge
    answer = await page.service.write(
        lambda books: routing.mark(books, consignment, indicator, on, why, request, judge)
    )
    return page.after(answer, _of(consignment))


@router.post("/lanes/audit")
async def post_audit(
    page: MyPage,
    consignment: Text,
    result: Annotated[AuditResult, Form()],
    note: Long = "",
    nonce: Nonce = "",
) -> Response:
    """Close an audit."""
    request = page.asked(nonce, {"consignment": consignment, "result": result.value, "note": note})
    answer = await page.service.write(
        lambda books: routing.close_audit(books, consignment, result, note, request)
    )
    return page.after(answer, "/lanes")


# --- profiles ----------------------------------------------------------------------------------------
@router.get("/lanes/profiles")
def get_profiles(page: MyPage) -> Response:
    """Every profile; those in force first."""
    page.insist(Right.READ_RISK)
    today = hit_rates.day_of(page.now)
    with page.service.reading() as reader:
        found = profiles.profiles(reader, page.service.room)
        offices = page.service.room.in_force(reader).reference.offices
        told = {one.id: profiles.history(reader, one.id, 20) for one in found}
        people = {person.id: person.name for person in reader.people.all()}
    return page.html(
        "profiles.html",
        rows=sorted(found, key=lambda one: (not one.in_force(today), one.id)),
        today=today,
        history=told,
        people=people,
        offices=tuple((one.code, one.name.get(page.lang, one.name["en"])) for one in offices),
        lanes=_words(page, "lane", (Lane.YELLOW, Lane.RED)),
        indicators=_words(page, "indicator", ("R16", "R21", "R23")),
        may_manage=page.may(Right.MANAGE_PROFILES),
    )


def _many(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", ";").split(";") if part.strip())


@router.post("/lanes/profiles")
async def post_profile(
    page: MyPage,
    id: Text,
    title: Text = "",
    owner: Text = "",
    reason: Long = "",
    first_day: Text = "",
    last_day: Text = "",
    hs: Long = "",
    words: Long = "",
    origins: Long = "",
    senders: Long = "",
    carriers: Long = "",
    plates: Long = "",
    points: Text = "",
    lane: Text = "",
    indicator: Text = "",
    office: Text = "",
    note: Long = "",
    nonce: Nonce = "",
) -> Response:
    """Write a profile, or change the one of that id."""
    back = "/lanes/profiles"
    try:
        first, last = day(first_day), day(last_day)
    except ValueError:
        return page.sorry(BAD_DATE, back)
    if first is None or last is None:
        return page.sorry(NO_LAST_DAY, back)
    number = points.strip() or "0"
    if not (number.removeprefix("-").isascii() and number.removeprefix("-").isdigit() and len(number) < 5):
        return page.sorry(BAD_POINTS, back)
    with page.service.reading() as reader:
        existing = {one.id: one for one in profiles.profiles(reader, page.service.room)}
    before = existing.get(id.strip().upper())
    kept = before.criteria if before is not None else Criteria()  # what the form does not show stays
    offices = before.offices if before is not None and len(before.offices) > 1 else ()
    new = Profile(
        id.strip().upper(),
        title.strip(),
        owner.strip() or page.actor.id,
        reason.strip(),
        first,
        last,
        replace(
            kept,
            hs=_many(hs),
            words=_many(words),
            origins=tuple(one.upper() for one in _many(origins)),
            senders=_many(senders),
            carriers=_many(carriers),
            plates=_many(plates),
        ),
        points=int(number),
        lane=Lane(lane) if lane in tuple(Lane) else None,
        indicator=indicator or None,
        offices=offices or ((office,) if office else ()),
        must=before.must if before is not None else False,
    )
    request = page.asked(nonce, {"profile": id, "first": first_day, "last": last_day, "note": note})
    answer = await page.service.write(
        lambda books: profiles.put(books, new, note, request, page.service.room)
    )
    return page.after(answer, back)


# --- report ------------------------------------------------------------------------------------------
def _span(page: Page, first: str, last: str) -> tuple[date, date] | None:
    today = hit_rates.day_of(page.now)
    try:
        return day(first) or today - USUAL_DAYS, day(last) or today
    except ValueError:
        return None


@router.get("/lanes/report")
def get_report(
    page: MyPage,
    first: Annotated[str, Query(max_length=20)] = "",
    last: Annotated[str, Query(max_length=20)] = "",
    office: Annotated[str, Query(max_length=12)] = "",
    form: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """The hit-rate report; ``form=csv`` gives it as a file."""
    page.insist(Right.READ_RISK)
    if (span := _span(page, first, last)) is None:
        return page.sorry(BAD_DATE, "/lanes/report")
    with page.service.reading() as reader:
        offices = page.service.room.in_force(reader).reference.offices
        known = {one.code for one in offices}
        try:
            found = hit_rates.report(reader, page.service.room, *span, office if office in known else "")
        except hit_rates.SpanError:
            return page.sorry(BAD_DAYS, "/lanes/report")
        titles = {one.id: one.title for one in profiles.profiles(reader, page.service.room)}
    if form == "csv":
        name = f"hit-rates-{found.first.isoformat()}-{found.last.isoformat()}.csv"
        return PlainTextResponse(
            hit_rates.as_csv(found),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )
    kinds = ("lane", "random", "capped", "person", "indicator", "profile")
    groups = [
        (
            code,
            next((o.name.get(page.lang, o.name["en"]) for o in offices if o.code == code), code),
            counted,
            [(kind, [r for r in found.rows if r.office == code and r.kind == kind]) for kind in kinds],
        )
        for code, counted in found.counted.items()
    ]
    return page.html(
        "hit_rates.html",
        report=found,
        groups=groups,
        titles=titles,
        offices=tuple((one.code, one.name.get(page.lang, one.name["en"])) for one in offices),
    )
