"""What runs of a study have recorded: in memory, and in a workspace as a worker would have left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from engine.config import build
from engine.events import Score
from engine.store import database
from engine.store.tables import MetricRow, RunRow
from engine.store.workspace import Workspace
from engine.studies.study import Gathered, Point

Curves = Mapping[str, Sequence[tuple[float, float]]]
NOTHING: Curves = {}
PARTS = {"cluster": 0.1, "match": 0.2, "network": 0.4, "warmup": 0.05, "rest": 0.8}


def score(*accuracies: float, network: str = "convnet") -> Score:
    return Score(network, accuracies, {"name": "E-IDC"})


def gathered(
    cell: str,
    seed: int = 0,
    settings: Mapping[str, object] = {},
    curves: Curves = NOTHING,
    results: Mapping[str, tuple[Score, ...]] = {},
    parts: Mapping[str, float] = PARTS,
    finished: bool = True,
) -> Gathered:
    """One run of 5 outer iterations of 10 inner loops."""
    config = build(
        {"dataset": "digits", "ipc": 1, "outer": 5, "inner": 10, "seed": seed, "eval_repeats": 2} | dict(settings)
    )
    points = {name: [Point(*point) for point in curve] for name, curve in curves.items()}
    return Gathered(cell, seed, finished, config, results, points, parts)


def put(here: Workspace, run_id: str, curves: Curves, state: str = "finished", **columns: Any) -> None:
    """Writes points into a run's record and moves it to `state`."""
    points = [
        MetricRow(run_id=run_id, step=int(step), name=name, value=value, seconds=float(step))
        for name, curve in curves.items()
        for step, value in curve
    ]
    with database.write(here) as session:
        session.add_all(points)
        session.execute(update(RunRow).where(RunRow.id == run_id).values(state=state, **columns))
