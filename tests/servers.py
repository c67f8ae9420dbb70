"""A web server on this machine, for tests of what is fetched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Silent(BaseHTTPRequestHandler):
    """Answers without a word in the test's output. `over` is set when the test is: an answer that hangs may wait for it."""

    over = threading.Event()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: type[Silent]) -> Iterator[str]:
    """The address of a server with that handler, without a trailing slash; it is gone afterwards."""
    handler.over.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            handler.over.set()
            running.shutdown()
            thread.join()
