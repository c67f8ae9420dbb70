"""The tutorial's cell for notebooks does what it says, on a run made small."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from PIL import Image

from engine import api
from engine.store.workspace import Workspace
from tools import served

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "TUTORIAL.md"
SMALL = {
    "outer": 1,
    "inner": 4,
    "width": 8,
    "eval_epochs": 2,
    "full_epochs": 0,
    "reference_epochs": 0,
    "metrics_every": 1,
}


def launch_small(launch: Any, settings: dict[str, object], **how: Any) -> api.Run:
    run: api.Run = launch(settings | SMALL, **how)
    return run


def test_the_cell_of_the_tutorial(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (cell,) = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.setattr(api, "launch", partial(launch_small, api.launch))
    names: dict[str, Any] = {}
    try:
        exec(cell, names)
    finally:
        served.end_processes_of(here.root)
    run, loss = names["run"], names["loss"]
    assert run.state == "finished" and run.accuracy is not None
    assert isinstance(loss, go.Figure) and len(loss.data[-1].x) == 5 - loss.data[-1].x[0]
    assert names["images"].shape == (10, 1, 16, 16) and isinstance(names["sheet"], Image.Image)
