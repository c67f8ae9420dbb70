"""Starts the app and stays until Ctrl-C: `python -m app.serve [--port N]`.

Serves on http://127.0.0.1, port 8501 or the next free one; the address is printed. A port that was asked for, by `--port` or
in PORT, is taken as it is (0 = any free one). Opens no browser. It is `python -m streamlit run app/main.py` with a clean end.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

MAIN = Path(__file__).resolve().with_name("main.py")
LARGEST_PORT = 65_535


def main(arguments: Sequence[str]) -> int:
    """0 after Ctrl-C; 2 when the port cannot be had."""
    port = asked_port(arguments)
    signal.signal(signal.SIGINT, _leave)
    try:
        from streamlit.web import cli

        cli.main(["run", str(MAIN), *flags(port)], standalone_mode=False)
    except SystemExit as end:
        if not end.code:
            return 0
        print(f"The app could not start{f' on port {port}' if port else ''}: choose another port with PORT=N, or none for the first free one.", file=sys.stderr)  # fmt: skip
        return 2
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(farewell(), flush=True)
    return 0


def _leave(*_: object) -> None:
    """Ctrl-C before the server takes it over. An exception could be swallowed by whatever is being imported just then."""
    os.write(sys.stdout.fileno(), b"Stopped.\n")
    os._exit(0)


def asked_port(arguments: Sequence[str]) -> int | None:
    """The port that was asked for, None when none was. Ends the process with a sentence when it is no port."""
    parser = argparse.ArgumentParser(prog="python -m app.serve", description="Start Distillery in the browser.")
    parser.add_argument(
        "--port", default=os.environ.get("PORT", ""), help="port to serve on; default: 8501, or the next free one"
    )
    text = parser.parse_args(arguments).port
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= LARGEST_PORT):
        parser.error(f"'{text:.40}' is not a port; give a number from 0 (any free one) to {LARGEST_PORT}.")
    return int(text)


def flags(port: int | None) -> list[str]:
    """Streamlit's options. Without a port it looks for a free one by itself, from 8501 upwards."""
    options = ["--server.headless=true", "--server.address=127.0.0.1"]
    return options if port is None else [*options, f"--server.port={port}"]


def farewell() -> str:
    """The last line: what goes on without the page, and how to stop it."""
    from engine import api
    from engine.errors import DistilleryError

    try:
        live = [run for run in api.list_runs() if run.is_live] if api.supervisor_alive() else []
    except DistilleryError as error:
        return f"Stopped. {error}"
    if not live:
        return "Stopped."
    runs = "1 run goes" if len(live) == 1 else f"{len(live)} runs go"
    return f"Stopped; {runs} on in the background ({', '.join(run.id for run in live)}). To stop one: .venv/bin/python -m engine stop ID"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
