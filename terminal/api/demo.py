"""The demo's own endpoints: the steps of the day, playing the next one, and acting at a simulated device.

They exist only while the demo runs; everywhere else they answer 404.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from terminal.api.needs import Language, TheCaller
from terminal.api.problems import Problem, not_found
from terminal.api.saying import said
from terminal.demo.acting import LineFault, act
from terminal.demo.day import Day
from terminal.web import i18n

router = APIRouter(prefix="/demo", tags=["demo"])


def day_of(request: Request) -> Day:
    """The day that is being played. Raises the 404 problem where there is none."""
    day: Day | None = getattr(request.app.state, "demo", None)
    if day is None:
        raise not_found("demo", "day")
    return day


TheDay = Annotated[Day, Depends(day_of)]


class ActionIn(BaseModel):
    """One action at a simulated device; the keys are those of the simulators' control port."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal[
        "scan", "put", "take", "unplug", "plug", "wind", "zero", "tare", "plate", "picture", "fault"
    ]
    device: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    text: Annotated[str, Field(max_length=400)] | None = None
    kg: Annotated[str, Field(pattern=r"^-?[0-9]{1,6}(\.[0-9]{1,4})?$")] | None = None
    plate: Annotated[str, Field(max_length=20)] | None = None
    #: how bad the line is from now on
    fault: LineFault | None = None


def listed(day: Day, language: str) -> list[dict[str, Any]]:
    """The steps with what happens, who does it, and whether it is done."""
    words = i18n.words(language)
    return [
        {"key": step.key, "who": step.who, "title": words.gettext(step.title), "done": done}
        for step, done in day.steps()
    ]


@router.get("")
async def get_day(day: TheDay, caller: TheCaller, language: Language) -> dict[str, Any]:
    """The steps of the day and the simulated devices."""
    return {"steps": listed(day, language), "devices": await day.simulated.devices()}


@router.post("/next")
async def post_next(day: TheDay, caller: TheCaller, language: Language) -> dict[str, Any]:
    """Play the next step that is not done, by the person whose work it is."""
    try:
        played = await day.play_next()
    except ValueError as error:
        raise Problem(409, "device_refused", str(error)) from error
    if played is None:
        return {"step": None, "answer": None, "steps": listed(day, language)}
    step, answer = played
    return {
        "step": step.key,
        "answer": said(answer, language).model_dump(mode="json") if answer is not None else None,
        "steps": listed(day, language),
    }


@router.post("/device")
async def post_action(shape: ActionIn, day: TheDay, caller: TheCaller) -> dict[str, Any]:
    """Do something at a simulated device: scan a label, put a load on a scale, pull the plug."""
    more = shape.model_dump(exclude={"action", "device"}, exclude_none=True)
    try:
        return await act(day.simulated, shape.action, shape.device, more)
    except ValueError as error:
        raise Problem(409, "device_refused", str(error)) from error
