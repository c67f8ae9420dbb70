"""What the screens cost, in a real Chromium: `python -m benchmarks.ui [--repeats N] [--out FILE]`. No GPU needed; some minutes.

A workspace with 1,000 finished runs and 100,000 points on their curves, while one more run trains. Measured:

- seconds until a page is complete (what it is about is there, and in the window no skeleton and no figure undrawn): by its address in
  an empty browser, by its address in a new tab of a browser that knows the app, and by a click inside of an open session; beside them
  the first two for a Streamlit script of one line, which no page can go below;
- bytes and messages that reach the browser per second on the page of the run that trains;
- memory of the web process without a session, and with ten open on that run.

Medians of the repeats and the spread, as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late
from sqlalchemy import insert, update

from engine import api
from engine.config import build
from engine.doctor import find_chromium
from engine.store import artifacts, database, runs
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace
from tools import served
from tools.screens import SCREENS

RUNS, POINTS, LONG_RUNS, SESSIONS = 1000, 100_000, 10, 10
CURVES = ("loss.gradient", "loss.feature", "mmd.representative", "mmd.random", "accuracy")
RECIPES = ("dream+", "dream", "idc", "dm", "dsa")
WATCH = 15.0  # seconds that a live page is listened to, after as long to settle
LOOK = 4.0  # seconds at a page before something is clicked
LIMIT = 20.0  # seconds a page may take at all
COMPLETE = """() => {
  const inSight = (e) => { const box = e.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0 && box.width > 0 }
  return ![...document.querySelectorAll('[data-testid="stSkeleton"]')].some(inSight)
    && [...document.querySelectorAll('.live-chart')].filter(inSight).every(e => e.classList.contains('ready'))
}"""
BARE = "import streamlit as st\nst.html('<p class=there>Nothing.</p>')\n"
INSIDE = {
    "runs": ("/engine", "role=link[name='Runs']"),
    "launch": ("/engine", "role=link[name='New run']"),
    "run": ("/", ".row a >> nth=0"),
    "compare": ("/run?id={run}", "role=button[name='Compare']"),
    "sampling": ("/run?id={run}", "role=link[name='Sampling of this run']"),
    "evaluate": ("/engine", "role=link[name='Evaluate']"),
    "studies": ("/engine", "role=link[name='Studies']"),
    "results": ("/engine", "role=link[name='Results']"),
    "present": ("/run?id={run}", "role=button[name='Present']"),
}
"""Where a person is, and what they click to get to a page."""
ARRIVED = {
    "compare": ".live-chart.ready[aria-label^='Accuracy of']",
    "sampling": ".live-chart.ready[aria-label='Embedding of one class']",
}
"""What is there on no other page, where what the table of screens names would be found on the page that a person comes from."""


def fill(here: Workspace) -> list[str]:
    """Finished runs with curves: ten long ones hold half of the points, the rest is spread over the others. Newest first."""
    draw, ids, images = np.random.default_rng(0), [runs.new_id() for _ in range(RUNS)], np.random.default_rng(1)
    pictures = images.random((20, 1, 16, 16), np.float32)
    with database.write(here) as session:
        for number, run_id in enumerate(ids):
            config = build({"dataset": "digits", "recipe": RECIPES[number % len(RECIPES)], "ipc": 2, "seed": number // 5 % 5,
                            "width": 8 * (1 + number // 25 % 8)}, check=False)  # fmt: skip
            runs.insert(session, run_id, config, "", f"Run {number} on digits")
            session.flush()
            scores = draw.normal(90, 3, 3).tolist()
            results = {
                "distilled": [
                    {"network": "convnet", "accuracies": scores, "protocol": {"name": "E-IDC", "epochs": 200}}
                ]
            }
            values = {
                "state": "finished",
                "step": config.total_steps,
                "results": results,
                "seconds": 60.0,
                "finished": time.time(),
            }
            session.execute(update(RunRow).where(RunRow.id == run_id).values(**values))
            count = POINTS // 2 // (LONG_RUNS if number >= RUNS - LONG_RUNS else RUNS - LONG_RUNS)
            session.execute(insert(MetricRow), points(draw, run_id, count))
    for run_id in ids:
        here.run(run_id).root.mkdir(parents=True)
        artifacts.write_json(here.run(run_id).classes, [str(digit) for digit in range(10)])
        artifacts.write_snapshot(here.run(run_id), 0, pictures, 10)
        artifacts.write_snapshot(here.run(run_id), 160, pictures, 10)
    return ids[::-1]


def points(draw: np.random.Generator, run_id: str, count: int) -> list[dict[str, Any]]:
    steps = np.linspace(0, 160, max(1, count // len(CURVES))).round().astype(int).tolist()
    return [{"run_id": run_id, "step": step, "name": name, "value": float(draw.random()), "seconds": float(step)}
            for step in steps for name in CURVES]  # fmt: skip


def train() -> str:
    """A run that goes on for as long as anybody measures."""
    return api.launch(
        {"outer": 2000, "evaluate_every": 0, "full_epochs": 0, "metrics_every": 1, "snapshot_every": 20}, name="trains"
    ).id


def complete(page: Page, act: Callable[[], object], ready: str) -> float:
    """Seconds from what a person does until the page is complete; infinite when it never was."""
    began = time.monotonic()
    try:
        act()
        page.locator(ready).first.wait_for(timeout=LIMIT * 1000)
        page.wait_for_function(COMPLETE, timeout=LIMIT * 1000, polling=20)
    except Late:
        return float("inf")
    return time.monotonic() - began


def visit(context: BrowserContext, address: str, ready: str) -> float:
    page = context.new_page()
    seconds = complete(page, lambda: page.goto(address, wait_until="commit"), ready)
    page.close()
    return seconds


def click(context: BrowserContext, address: str, selector: str, ready: str) -> float:
    """From a page that a person has looked at for a moment, in the session that it is open in."""
    page = context.new_page()
    page.goto(address)
    link = page.locator(f"{selector} >> visible=true").first
    link.wait_for(timeout=LIMIT * 1000)
    page.wait_for_timeout(1000 * LOOK)
    seconds = complete(page, link.click, ready)
    page.close()
    return seconds


def fresh(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport={"width": 1440, "height": 900})


def times(browser: Browser, url: str, bare: str, names: dict[str, str], repeats: int) -> dict[str, dict[str, Any]]:
    """Seconds to the complete page, page by page in turn, so that a busy minute does not fall on one alone."""
    found: dict[str, dict[str, list[float]]] = {}
    known = fresh(browser)
    places = [("one line of Streamlit", bare, ".there")]
    for name, screen in SCREENS.items():
        if screen.ready and "{study}" not in screen.address:  # there is no study in this workspace
            places.append((name, url + screen.address.format_map(names), screen.ready))
    for number in range(repeats + 1):
        for name, address, ready in places:
            empty = fresh(browser)
            seconds = {"empty browser": visit(empty, address, ready), "new tab": visit(known, address, ready)}
            empty.close()
            if name in INSIDE:
                start, selector = INSIDE[name]
                seconds["click"] = click(known, url + start.format_map(names), selector, ARRIVED.get(name, ready))
            print(name, {kind: round(value, 2) for kind, value in seconds.items()}, file=sys.stderr, flush=True)
            for kind, value in seconds.items() if number else ():  # the first round warms the server up
                found.setdefault(name, {}).setdefault(kind, []).append(value)
    known.close()
    return {name: {kind: spread(some) for kind, some in kinds.items()} for name, kinds in found.items()}


def spread(seconds: list[float]) -> dict[str, Any]:
    return {"median": round(statistics.median(seconds), 2), "all": [round(s, 2) for s in seconds]}


def traffic(browser: Browser, url: str) -> dict[str, float]:
    """Bytes and messages that a live run's page receives per second once it has settled, and in its first five seconds."""
    page = fresh(browser).new_page()
    sizes: list[tuple[float, int]] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda data: sizes.append((time.monotonic(), len(data))))
    )
    began = time.monotonic()
    page.goto(url)
    page.wait_for_timeout(2000 * WATCH)
    page.context.close()
    late = [size for at, size in sizes if at > began + WATCH]
    return {"bytes per second": round(sum(late) / WATCH), "messages per second": round(len(late) / WATCH, 2),
            "largest message": max(late, default=0), "first 5 s": sum(size for at, size in sizes if at < began + 5)}  # fmt: skip


def memory(browser: Browser, url: str, process: psutil.Process) -> dict[str, float]:
    """MB of the web process before any session of this part, and with ten on a live run's page after a minute."""
    before = process.memory_info().rss / 1e6
    pages = [fresh(browser).new_page() for _ in range(SESSIONS)]
    for page in pages:
        page.goto(url)
        page.locator(".gallery figure").first.wait_for(timeout=LIMIT * 1000)
    pages[0].wait_for_timeout(1000 * WATCH)
    after = process.memory_info().rss / 1e6
    for page in pages:
        page.context.close()
    return {"before": round(before), "ten sessions": round(after)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ui", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--repeats", type=int, default=5, help="cold sessions per page")
    parser.add_argument("--out", type=Path, help="JSON file to write; default: print only")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started ends with this, too
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        home.mkdir()
        os.environ["DISTILLERY_HOME"] = str(home)
        ids = fill(Workspace.current())
        live = train()
        script = Path(folder) / "bare.py"
        script.write_text(BARE, encoding="utf-8")
        web = served.start(home)
        bare = served.start(home, (sys.executable, "-m", "streamlit", "run", str(script)))
        try:
            measured = measure(web, bare.url, {"run": ids[0], "other": ids[1]}, live, asked.repeats)
        finally:
            web.kill()
            bare.kill()
            served.end_processes_of(home)
    text = json.dumps(measured, indent=1)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")


def measure(web: served.Served, bare: str, names: dict[str, str], live: str, repeats: int) -> dict[str, Any]:
    process = psutil.Process(web.process.pid)
    idle = process.memory_info().rss / 1e6
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--headless=new", "--no-sandbox", "--disable-gpu"]
        )
        while not api.get_run(live).step:
            time.sleep(0.5)
        found = {
            "machine": {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(), "python": sys.version.split()[0],
                        "streamlit": version("streamlit"), "plotly": version("plotly")},
            "store": {"runs": RUNS, "points": POINTS, "training beside": api.get_run(live).state},
            "idle, MB": round(idle),
            "memory, MB": memory(browser, f"{web.url}/run?id={live}", process),
            "seconds to the complete page": times(browser, web.url, bare, names, repeats),
            "a live run's page": traffic(browser, f"{web.url}/run?id={live}"),
            "after everything, MB": round(process.memory_info().rss / 1e6),
        }  # fmt: skip
        browser.close()
    return found


if __name__ == "__main__":
    main()
