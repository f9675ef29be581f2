"""People: who may sign in, with which roles; one-time links for first and forgotten passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response

from terminal import access, badges, second, sessions
from terminal.api.problems import not_found
from terminal.store.books import Books
from terminal.store.factors import PASSKEY, TOTP, Factors
from terminal.store.people import Person
from terminal.store.reader import Reader
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from workflows.roles import Right, Role

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
TAKEN = N_("This user name is taken.")
NO_NAME = N_("Write a name and a user name.")
NOT_YOURSELF = N_("You cannot take the administrator role from yourself or close your own account.")
SAVED = N_("Saved.")
#: what an administrator can take from a person: second factors, the badge, sessions
_ENDINGS = ("second", "badge", "sessions")


def _view(person: Person, reader: Reader) -> vm.PersonView:
    sessions = reader.people.sessions_of(person.id)
    seen: datetime | None = sessions[0].seen_at if sessions else None
    roles = tuple(sorted(role.value for role in person.roles))
    return vm.PersonView(
        person.id, person.name, person.login, roles, person.organisation or "", person.active, seen
    )


@router.get("/people")
def get_people(page: MyPage) -> Response:
    """Everybody who may sign in."""
    page.insist(Right.MANAGE_PEOPLE)
    with page.service.reading() as reader:
        people = [_view(person, reader) for person in reader.people.all()]
    return page.html("people.html", people=people)


def _person_page(page: Page, person: vm.PersonView | None, **context: Any) -> Response:
    shown: dict[str, Any] = {"link": "", "until": None, "form": {}, "errors": {}, **context}
    shown |= {"sessions": (), "factors": 0, "badge": False}
    if person is not None:
        with page.service.reading() as reader:
            own = page.caller.session if page.caller is not None else None
            factors = Factors(reader)
            shown["sessions"] = sessions.shown(reader, person.id, page.now, own)
            shown["factors"] = len(factors.of(person.id, TOTP, PASSKEY))
            shown["badge"] = factors.badge_of(person.id) is not None
    return page.html("person.html", p=person, **shown)


@router.get("/people/new")
def get_new(page: MyPage) -> Response:
    """The form to add a person."""
    page.insist(Right.MANAGE_PEOPLE)
    return _person_page(page, None)


def _found(page: Page, identity: str) -> tuple[Person, vm.PersonView]:
    with page.service.reading() as reader:
        person = reader.people.get(identity)
        if person is None:
            raise not_found("person", identity)
        return person, _view(person, reader)


@router.get("/people/{identity}")
def get_person(page: MyPage, identity: str) -> Response:
    """One person."""
    page.insist(Right.MANAGE_PEOPLE)
    return _person_page(page, _found(page, identity)[1])


def _link(page: Page, code: str) -> str:
    return f"{str(page.request.base_url).rstrip('/')}/setup/{code}"


@router.post("/people")
async def post_new(
    page: MyPage,
    name: Text = "",
    login: Text = "",
    organisation: Text = "",
    roles: Annotated[list[Role] | None, Form()] = None,
) -> Response:
    """Add a person; the one-time link for their password is shown once."""
    page.insist(Right.MANAGE_PEOPLE)
    chosen = frozenset(roles or ())
    form = {
        "name": name,
        "login": login,
        "organisation": organisation,
        "roles": [role.value for role in chosen],
    }
    if not name.strip() or not login.strip():
        return _person_page(page, None, form=form, errors={"name": page.words.gettext(NO_NAME)})
    now, by = page.now, page.actor.id
    try:
        person, code = await page.service.write(
            lambda books: access.new_person(
                books, login.strip(), name.strip(), chosen, by, now, organisation=organisation.strip() or None
            )
        )
    except ValueError:
        return _person_page(page, None, form=form, errors={"login": page.words.gettext(TAKEN)})
    view = _found(page, person.id)[1]
    return _person_page(page, view, link=_link(page, code or ""), until=now + access.CODE_LIFETIME)


@router.post("/people/{identity}")
async def post_person(
    page: MyPage,
    identity: str,
    name: Text = "",
    login: Text = "",
    organisation: Text = "",
    roles: Annotated[list[Role] | None, Form()] = None,
    do: Text = "save",
) -> Response:
    """Change a person, close or open the account, or make a new password link."""
    page.insist(Right.MANAGE_PEOPLE)
    person, view = _found(page, identity)
    now, by = page.now, page.actor.id
    if do == "reset":
        code = await page.service.write(lambda books: access.new_code(books, f"person:{identity}", by, now))
        return _person_page(page, view, link=_link(page, code), until=now + access.CODE_LIFETIME)
    if do in _ENDINGS:
        own = page.caller.session if page.caller is not None else None

        def end(books: Books) -> object:
            if do == "second":
                return second.reset(books, person, by, now)
            if do == "badge":
                return badges.take(books, person, by, now)
            return sessions.end_others(books, person.id, own, by, now)

        await page.service.write(end)
        return page.after(vm.Answer("accepted", page.words.gettext(SAVED)), f"/people/{identity}")
    chosen = frozenset(roles or ())
    losing = identity == by and (do == "close" or (do == "save" and Role.ADMINISTRATOR not in chosen))
    if losing:
        return page.sorry(NOT_YOURSELF, f"/people/{identity}")
    changed: dict[str, object] = {"active": do == "open"}
    if do == "save":
        if not name.strip() or not login.strip():
            return _person_page(page, view, errors={"name": page.words.gettext(NO_NAME)})
        with page.service.reading() as reader:
            other = reader.people.by_login(login.strip())
        if other is not None and other.id != identity:
            return _person_page(page, view, errors={"login": page.words.gettext(TAKEN)})
        changed = {
            "name": name.strip(),
            "login": login.strip(),
            "organisation": organisation.strip() or None,
            "roles": chosen,
        }
    await page.service.write(lambda books: access.change_person(books, person, by, now, **changed))
    return page.after(vm.Answer("accepted", page.words.gettext(SAVED)), f"/people/{identity}")
