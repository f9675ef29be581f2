"""The API for people who write programs: every door with its shapes, drawn in the browser, without a network."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from terminal.web.context import MyPage
from terminal.web.rendering import page_headers

router = APIRouter()


@router.get("/docs")
def get_docs(page: MyPage) -> Response:
    """The description of the API, with a try at each door under the rights of the person who is signed in."""
    response = page.html("docs.html")
    response.headers.update(page_headers(drawn=True))
    return response
