"""The home page: the terminal in one look."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from terminal.api.problems import not_permitted
from terminal.store.reader import Reader
from terminal.web import hold_desk
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.navigation import navigation
from terminal.web.showing import CONSIGNMENT_WAY, targets
from terminal.web.showing_cargo import CargoShower
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import HoldSeverity, PermissionKind

router = APIRouter()
_SHOWN = 8
_URGENT = 6
#: announced vehicles fill the column of a quiet hour
_ROOM = 6
#: how many of a stage's longest-standing are looked at to count those over target
_LATE = 200


def board(page: Page, reader: Reader) -> vm.Board:
    """Figures from the counters, the longest-waiting vehicles and holds from their lists."""
    show = CargoShower(page, reader)
    head = reader.head()
    counted = reader.counters("consignment.stage")
    visits = reader.counters("visit.stage")
    inside = reader.visits_inside()
    held = hold_desk.queue(reader, show)
    coming = reader.visits_at(Stage.PRE_ADVICE, limit=max(0, _ROOM - len(inside)))
    stages = tuple(
        vm.StageCount(stage.value, counted.get(stage.value, 0), _late(page, reader, stage))
        for stage in CONSIGNMENT_WAY
        if stage is not Stage.CLOSED
    )
    return vm.Board(
        seq=head.seq,
        at=page.now,
        inside=len(inside),
        expected=visits.get(Stage.PRE_ADVICE.value, 0),
        ready=sum(1 for line in inside if line.stage is Stage.WEIGH_OUT),
        open_holds=len(held),
        blocked=sum(1 for one in held if one.hold.severity is HoldSeverity.BLOCK),
        stages=stages,
        queue=show.visit_rows(inside[:_SHOWN]),
        holds=tuple(hold_desk.shown(one, reader, show) for one in held[:_URGENT]),
        waiting_afghan=_waiting_afghan(reader),
        expected_rows=show.visit_rows(coming),
    )


def _late(page: Page, reader: Reader, stage: Stage) -> int:
    target = targets(page, reader).get(stage.value)
    if target is None:
        return 0
    waiting = reader.consignments_at(stage, limit=_LATE)
    return sum(1 for line in waiting if (page.now - line.since).total_seconds() > target * 60)


def _waiting_afghan(reader: Reader) -> int:
    """Released consignments for which nothing but the paper from Kabul is missing."""
    count = 0
    for line in reader.consignments_at(Stage.RELEASE, limit=_LATE):
        consignment = reader.consignment(line.ref)
        if consignment is not None and consignment.permission(PermissionKind.AFGHAN_APPROVAL) is None:
            count += 1
    return count


def first_page(page: Page) -> str:
    """Where somebody starts who may not see the board. Raises the 403 problem for roles without any page."""
    roles = [role.value for role in page.actor.roles]
    groups = navigation(roles, "/", lambda text: text)
    if not groups:
        raise not_permitted(Right.READ_BOARD.value)
    return groups[0].items[0].href


@router.get("/")
def get_board(page: MyPage) -> Response:
    """The board, or the first page of those who have no board."""
    if not page.may(Right.READ_BOARD):
        return RedirectResponse(first_page(page), 303)
    with page.service.reading() as reader:
        return page.html("board.html", board=board(page, reader))


@router.get("/board/live")
def get_live(page: MyPage) -> Response:
    """The moving part of the board."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        return page.fragment("board_live.html", board=board(page, reader))
