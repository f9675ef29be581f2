"""Which programs have a port or a camera open."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def holders(path: str, proc: Path = Path("/proc")) -> Iterator[str]:
    """Programs that have the port open, as ``name (pid)``; those of other users only show to root."""
    try:
        wanted = os.stat(path)
    except OSError:
        return
    if not stat.S_ISCHR(wanted.st_mode):
        return
    real = os.path.realpath(path)
    for process in sorted(proc.glob("[0-9]*")):
        try:
            if any(os.path.realpath(fd) == real for fd in (process / "fd").iterdir()):
                yield f"{(process / 'comm').read_text(encoding='utf-8').strip()} ({process.name})"
        except OSError:
            continue  # gone meanwhile, or not ours to look into
