"""A way to the real server on which things go wrong: chosen requests are refused, lost, cut off or left hanging."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import urlsplit

Fault = Literal["refused", "lost", "cut", "hanging", "throttled"]
"""500 before the server sees the request; 500 after it did; half of its answer; none; 429."""


class Way(ThreadingHTTPServer):
    """Forwards to `target`; the first `times` requests of `method path` meet the fault."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.closing = threading.Event()
        self._faults: list[list[Any]] = []
        self.answers: dict[str, bytes] = {}
        """Path -> an answer given in place of the server's."""

    def spoil(self, fault: Fault, request: str, times: int = 1) -> None:
        self._faults.append([re.compile(request), fault, times])

    def fault(self, request: str) -> Fault | None:
        for planned in self._faults:
            if planned[2] and planned[0].search(request):
                planned[2] -= 1
                found: Fault = planned[1]
                return found
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Way

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault(f"{self.command} {self.path}")
        if fault == "hanging":
            self.server.closing.wait(60)
            self.close_connection = True
            return
        if fault in ("refused", "throttled"):
            return self._answer(500 if fault == "refused" else 429, b"{}")
        given = self.server.answers.get(urlsplit(self.path).path)
        if given is not None:
            return self._answer(200, given)
        server = http.client.HTTPConnection(str(self.server.target.hostname), self.server.target.port, timeout=120)
        server.request(self.command, self.path, body, dict(self.headers))
        answer = server.getresponse()
        content = answer.read()
        server.close()
        if fault == "lost":
            return self._answer(500, b"{}")
        self._answer(answer.status, content, len(content) // 2 if fault == "cut" else None)

    def _answer(self, status: int, content: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:cut])
        self.close_connection = cut is not None

    do_GET = do_POST = do_PATCH = do_DELETE = _forward

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def way(target: str) -> Iterator[Way]:
    proxy = Way(target)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.closing.set()
        proxy.shutdown()
        thread.join()
        proxy.server_close()
