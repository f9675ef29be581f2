"""Static files under ``/static/{build}/...``: the address changes with every change, so browsers keep them for ever."""

from __future__ import annotations

import mimetypes
from pathlib import Path, PurePosixPath

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from terminal.web.rendering import STATIC_DIR, STATIC_URL, static_build

_TYPES = {
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


def find(name: str) -> Path | None:
    """The file of that name below the static folder; None for anything else, above all for ``..``."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or "\0" in name or parts[0].startswith("/"):
        return None
    path = STATIC_DIR.joinpath(*parts)
    return path if path.is_file() else None


async def serve(request: Request) -> Response:
    """One static file. An address of an older build still works, so that open pages go on, but is not kept."""
    path = find(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    current = request.path_params["build"] == static_build()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(
        path,
        media_type=kind,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            **({"Service-Worker-Allowed": "/"} if path.name == "sw.js" else {}),
        },
    )


#: Every static file.
static_route = Route(STATIC_URL + "/{build}/{name:path}", serve, methods=["GET", "HEAD"])


def mount_static(app: Starlette) -> None:
    """Serve the static files of the pages from this application."""
    app.router.routes.append(static_route)
