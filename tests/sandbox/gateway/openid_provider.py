"""An OpenID provider on localhost, for tokens that a user pool would not give."""

import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass
class Provider:
    """A provider that serves its keys."""

    issuer: str
    key: RSAKey

    def token(self, **claims: Any) -> str:
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": "app", "sub": "u1", "iat": now, "exp": now + 60}
        header = {"alg": "RS256", "kid": "k1"}
        return jwt.encode(header, {k: v for k, v in {**usual, **claims}.items() if v is not None}, self.key)


@contextmanager
def openid_provider() -> Generator[Provider]:
    """Run one."""
    key = RSAKey.generate_key(2048, {"kid": "k1"})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = f"http://{self.headers['host']}"
            documents: Mapping[str, Any] = {
                "/.well-known/openid-configuration": {"issuer": host, "jwks_uri": f"{host}/keys"},
                "/keys": {"keys": [key.as_dict(private=False)]},
            }
            self.send_response(200 if self.path in documents else 404)
            self.end_headers()
            self.wfile.write(json.dumps(documents.get(self.path)).encode())

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Provider(f"http://127.0.0.1:{server.server_port}", key)
    server.shutdown()
