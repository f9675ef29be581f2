"""Static files under ``/static/{build}/...``: the address changes with every change, so browsers keep them for ever.

Text goes compressed over the line: a phone on a slow one sees its first page sooner. Pages themselves are not
compressed: they carry secrets beside what was typed, and lengths would tell (BREACH).
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path, PurePosixPath

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
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


#: files that compress well, and the fewest bytes that are worth it
_TEXT = frozenset({".js", ".css", ".svg", ".webmanifest", ".wasm", ".json"})
_WORTH = 1000


@lru_cache(maxsize=128)
def _compressed(path: Path, changed_ns: int, size: int) -> bytes:
    """The bytes of a file with gzip, the same for the same file; ``changed_ns`` and ``size`` say which."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


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
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        **({"Service-Worker-Allowed": "/"} if path.name == "sw.js" else {}),
    }
    if path.suffix in _TEXT:
        headers["Vary"] = "Accept-Encoding"
        state = path.stat()
        if state.st_size >= _WORTH and "range" not in request.headers and _takes_gzip(request):
            body = await run_in_threadpool(_compressed, path, state.st_mtime_ns, state.st_size)
            return Response(body, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return FileResponse(path, media_type=kind, headers=headers)


def _takes_gzip(request: Request) -> bool:
    """True when the browser says that it can unpack gzip."""
    offered = (one.strip().lower() for one in request.headers.get("accept-encoding", "").split(","))
    return any(one.split(";")[0] == "gzip" and not one.endswith("q=0") for one in offered)


#: Every static file.
static_route = Route(STATIC_URL + "/{build}/{name:path}", serve, methods=["GET", "HEAD"])


def mount_static(app: Starlette) -> None:
    """Serve the static files of the pages from this application."""
    app.router.routes.append(static_route)
