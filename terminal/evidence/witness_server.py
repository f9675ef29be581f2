"""A witness over HTTP: ``POST /add-checkpoint`` of C2SP tlog-witness, and nothing else. Standard library only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from terminal.evidence.cosigning import MOST_BYTES
from terminal.evidence.witness import PLAIN, Answer, NoWitness, Witness

log = logging.getLogger("karvon.witness")
#: seconds that a client may take with one request
PATIENCE_S = 15


def make(witness: Witness, host: str, port: int, clock: Callable[[], datetime]) -> ThreadingHTTPServer:
    """A server around a witness, listening, not yet serving; ``port`` 0 takes a free one. Raises ``OSError``."""

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_S
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "karvon", ""

        def do_POST(self) -> None:
            if self.path != "/add-checkpoint":
                self._say(Answer(404, PLAIN, "this witness answers POST /add-checkpoint only\n"))
                return
            said = self.headers.get("Content-Length", "")
            if not (said.isascii() and said.isdigit() and int(said[:9]) <= MOST_BYTES and len(said) < 9):
                self.close_connection = True
                self._say(Answer(400, PLAIN, "say the length of the body, at most 64 kB\n"))
                return
            body = self.rfile.read(int(said))
            try:
                answer = witness.take(body, int(clock().timestamp()))
            except (NoWitness, OSError) as problem:
                log.error("%s", problem)
                answer = Answer(500, PLAIN, "the witness cannot keep what it would sign\n")
            self._say(answer)

        def do_GET(self) -> None:
            self._say(Answer(405, PLAIN, "this witness answers POST /add-checkpoint only\n"))

        def _say(self, answer: Answer) -> None:
            data = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            # A request line comes from outside: control characters never reach the log.
            told = (format % args).encode("unicode_escape").decode("ascii")
            log.info("%s %s", self.client_address[0], told)

    return ThreadingHTTPServer((host, port), Handler)
