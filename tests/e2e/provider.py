"""An OpenID provider for tests, in this process: whoever comes is signed in at once, as the address it was told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CODE = "a-code-for-once"


class Provider:
    """`url` without a trailing slash; `email` is who comes next; `client` and `secret` are what it knows the app by."""

    def __init__(self, url: str, email: str, client: str, secret: str) -> None:
        self.url, self.email, self.client, self.secret = url, email, client, secret
        self.key = RSAKey.generate_key(2048, {"kid": "test"})
        self.nonce = ""
        self.asked: list[str] = []

    def metadata(self) -> dict[str, Any]:
        ways = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "jwks",
            "userinfo_endpoint": "userinfo",
        }
        return {"issuer": self.url, "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"]} | {k: f"{self.url}/{v}" for k, v in ways.items()}  # fmt: skip

    def tokens(self) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.client, "sub": "1", "iat": now, "exp": now + 600, "nonce": self.nonce,
                  "email": self.email, "email_verified": True, "name": self.email.split("@")[0]}  # fmt: skip
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 600,
                "id_token": jwt.encode({"alg": "RS256", "kid": "test"}, claims, self.key)}  # fmt: skip


@contextmanager
def serving(email: str, client: str, secret: str) -> Iterator[Provider]:
    """A provider on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            provider.asked.append(split.path)
            if split.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(split.query).items()}
                provider.nonce = asked.get("nonce", "")
                self.send_response(302)
                self.send_header(
                    "Location", f"{asked['redirect_uri']}?{urlencode({'code': CODE, 'state': asked['state']})}"
                )
                self.end_headers()
            elif split.path == "/jwks":
                self.answer({"keys": [provider.key.as_dict(private=False)]})
            else:
                self.answer(provider.metadata())

        def do_POST(self) -> None:
            provider.asked.append(urlsplit(self.path).path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            good = parse_qs(body).get("code") == [CODE]
            self.answer(provider.tokens() if good else {"error": "invalid_grant"})

        def answer(self, value: dict[str, Any]) -> None:
            content = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}", email, client, secret)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
