"""Runs as a worker would have left them, and what a page shows of them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from app.components.figures import SENT
from engine.config import RunConfig, build
from engine.store import artifacts, database, runs
from engine.store.states import AT_WORK
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace

Open = Callable[..., AppTest]
Add = Callable[..., str]

TINY = {"dataset": "digits", "recipe": "dream+", "ipc": 1, "outer": 2, "inner": 20, "evaluate_every": 20}
NAMES = ("nought", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
CURVES = (
    "loss.gradient", "loss.feature", "mmd.representative", "mmd.random", "mmd.synthetic", "migration",
    "feature.difference", "gradient.norm", "accuracy", "accuracy.std", "speed", "utilisation", "memory",
)  # fmt: skip


def score(*accuracies: float) -> dict[str, Any]:
    return {"network": "convnet", "accuracies": list(accuracies), "protocol": {"name": "E-IDC", "epochs": 300}}


def add_run(
    here: Workspace, state: str, step: int = 0, given: Mapping[str, object] = {}, name: str = "A run", **columns: Any
) -> str:
    """The id of a new run in that state, with what a worker would have recorded up to `step`."""
    config = build(TINY | dict(given), check=False)
    run_id = runs.new_id()
    here.run(run_id).root.mkdir(parents=True)
    artifacts.write_json(here.run(run_id).config, config.to_dict())
    with database.write(here) as session:
        runs.insert(session, run_id, config, "", name)
    if step:
        record(here, run_id, config, step)
    beating = {"heartbeat": time.time() + 1e6} if state in AT_WORK else {}
    results = {"distilled": [score(95.0, 96.0, 97.0)], "initial": [score(90.0, 91.0)]} if step else {}
    values = {"state": state, "step": step, "results": results, "seconds": 61.0} | beating | columns
    with database.write(here) as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(**values))
    return run_id


def record(here: Workspace, run_id: str, config: RunConfig, step: int) -> None:
    """Classes, images and points on every curve at each 10th loop, a log."""
    folder, steps = here.run(run_id), range(0, step + 1, 10)
    artifacts.write_json(folder.classes, list(NAMES))
    images = np.random.default_rng(step).random((10 * config.ipc, config.channels, 16, 16), np.float32)
    for at in steps:
        artifacts.write_snapshot(folder, at, images * np.float32((at + 1) / (step + 1)), 10)
    artifacts.log(folder, "The run starts on <b>CPU</b>.")
    points = [
        MetricRow(run_id=run_id, step=at, name=n, value=1.0 + at, seconds=float(at)) for at in steps for n in CURVES
    ]
    with database.write(here) as session:
        session.add_all(points)


def pieces(at: AppTest, component: str) -> list[dict[str, Any]]:
    """What the page gave to its own components of that name."""
    protos = [element.proto for element in at.get("bidi_component")]
    return [json.loads(proto.json)[0] for proto in protos if proto.component_name == f"distillery_{component}"]


def cards(at: AppTest, drawn: bool = True) -> list[dict[str, Any]]:
    """What the page gave to its boards of figures: the cards that have one, or those whose figure is still to come."""
    return [card for board in pieces(at, "chart_board") for card in board["cards"] if ("version" in card) == drawn]


def figures(at: AppTest) -> dict[str, dict[str, Any]]:
    """The figures on the page by their title."""
    sent = at.session_state[SENT] if SENT in at.session_state else {}  # noqa: SIM401  it has no "get"
    return {
        piece["label"].split(".")[0]: json.loads(sent[piece["key"]].text)
        for piece in [*pieces(at, "live_chart"), *cards(at)]
    }


def said(at: AppTest) -> str:
    """All that a person can read on the page, but for what other components than boards of figures show."""
    kinds = (at.header, at.subheader, at.markdown, at.caption, at.error, at.code, at.html)
    boards = [card[part] for board in pieces(at, "chart_board") for card in board["cards"] for part in ("title", "see")]
    return "\n".join([*(unescaped(element.value) for elements in kinds for element in elements), *boards])


def unescaped(markdown: str) -> str:
    """As a person reads it: a backslash before a sign is not shown."""
    return re.sub(r"\\([^\w\s])", r"\1", markdown)


def headers(at: AppTest) -> list[str]:
    return [unescaped(element.value) for element in at.header]


def errors(at: AppTest) -> list[str]:
    return [unescaped(element.value) for element in at.error]


def button(at: AppTest, label: str) -> Any:
    """The one button of that label."""
    (found,) = [one for one in at.button if one.label == label]
    return found


def links(at: AppTest) -> list[str]:
    return [str(getattr(link, "label", "")) for link in at.get("page_link")]


def buttons(at: AppTest) -> list[str]:
    return [one.label for one in at.button if not one.disabled]
