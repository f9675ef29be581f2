"""A small OpenID Connect provider on a real port: discovery, authorization code with PKCE, signed tokens, keys.

``Directory.spoil`` changes what it answers, for the tests of what must be refused.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


class Directory:
    """The provider: who signs in (``claims``), which codes are out, and what is asked of it."""

    def __init__(self, port: int, now: Callable[[], datetime]) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.client_id = "karvon"
        self.now = now
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.spoil: Callable[[dict[str, Any]], None] = lambda claims: None
        self.discovered: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """An ID token of these claims, by our key."""
        return jwt.encode({"alg": "RS256", "kid": "k1", **header}, claims, self.key)

    def discovery(self) -> dict[str, Any]:
        """What the issuer says of itself."""
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return {**told, **self.discovered}

    def authorized(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to, with a code."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client_id
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, given: dict[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, once, to whoever holds its verifier."""
        asked = self.codes.pop(given.get("code", ""), None)
        if asked is None or given["redirect_uri"] != asked["redirect_uri"]:
            return None
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return None
        at = int(self.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": at,
            "exp": at + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        self.spoil(claims)
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.sign(claims)}


@contextmanager
def directory(now: Callable[[], datetime]) -> Iterator[Directory]:
    """A provider that runs while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def answer(self, told: Any, status: int = 200) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            made.asked.append(self.path)
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self.answer(made.discovery())
            elif parts.path == "/keys":
                self.answer({"keys": [made.key.as_dict(private=False)]})
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", made.authorized(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.answer({}, 404)

        def do_POST(self) -> None:
            made.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            told = made.token(given)
            self.answer(told or {"error": "invalid_grant"}, 200 if told else 400)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Directory(server.server_port, now)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
