"""What one finished run says: its settings, scores, accuracy curve, time and provenance. From the store, or from JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, NamedTuple

from sqlalchemy import select

from engine import provenance
from engine.config import RunConfig
from engine.errors import BadData
from engine.events import Score
from engine.store import runs
from engine.store.database import read
from engine.store.records import Run, config_from
from engine.store.tables import MetricRow
from engine.store.workspace import Workspace

CURVES = ("accuracy", "accuracy.std")
MOST_ASKED = 500  # runs per query: databases limit the number of values in one


class Point(NamedTuple):
    """One value of a curve; `seconds` is the run's work time when it was measured."""

    step: int
    value: float
    seconds: float


@dataclass(frozen=True)
class Entry:
    """One finished run. `finished`: seconds since the epoch. `seconds`: work time. `device`: as the run was told.
    `curves`: names of CURVES -> points, steps ascending. `provenance`: see engine/provenance.py."""

    id: str
    name: str
    config: RunConfig
    results: Mapping[str, tuple[Score, ...]]
    seconds: float
    device: str
    finished: float
    curves: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def score(self) -> Score | None:
        """The headline: the first architecture, trained on the distilled images."""
        return self.first("distilled")

    @property
    def machine(self) -> str:
        """The name of the processor or GPU; what the run was told where no provenance was kept."""
        return str(self.provenance.get("device") or self.device)

    def first(self, what: str) -> Score | None:
        """The first architecture's score of "distilled", "initial", "random" or "full"."""
        scores = self.results.get(what, ())
        return scores[0] if scores else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready. Of the place of the data only its last name: a path means nothing on another machine."""
        config = self.config.to_dict()
        return {
            "id": self.id,
            "name": self.name,
            "config": config | {"data_dir": PurePath(config["data_dir"]).name},
            "results": {what: [score.to_dict() for score in scores] for what, scores in self.results.items()},
            "seconds": self.seconds,
            "device": self.device,
            "finished": self.finished,
            "curves": {name: [list(point) for point in points] for name, points in self.curves.items()},
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Entry:
        """Raises BadData for what `to_dict` would not have given."""
        try:
            plain: dict[str, Any] = {name: str(value[name]) for name in ("id", "name", "device")}
            plain |= {name: float(value[name]) for name in ("seconds", "finished")}
            return cls(
                config=config_from(value["config"]),
                results={w: tuple(Score.from_dict(s) for s in scores) for w, scores in value["results"].items()},
                curves={n: tuple(Point(int(s), float(v), float(t)) for s, v, t in ps) for n, ps in value["curves"].items()},
                provenance=dict(value["provenance"]),
                **plain,
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadData(
                f"A row is not a finished run as 'engine results --export' writes it ({error!r:.120})."
            ) from None


def of_workspace(workspace: Workspace) -> list[Entry]:
    """Every finished run that has a score, newest first; deleted ones are hidden."""
    found = [row.run for row in runs.rows(workspace) if row.state == "finished"]
    scored = [run for run in found if run.accuracy]
    curves = _curves(workspace, [run.id for run in scored])
    return [_entry(workspace, run, curves.get(run.id, {})) for run in scored]


def _entry(workspace: Workspace, run: Run, curves: Mapping[str, Sequence[Point]]) -> Entry:
    return Entry(
        run.id, run.name, run.config, run.results, run.seconds, run.device, run.finished or run.created,
        {name: tuple(points) for name, points in curves.items()}, provenance.read(workspace.run(run.id).provenance),
    )  # fmt: skip


def _curves(workspace: Workspace, ids: Sequence[str]) -> dict[str, dict[str, list[Point]]]:
    """Run -> curve -> points. Where a step came again after a resume, the later row counts."""
    latest: dict[tuple[str, str], dict[int, Point]] = {}
    columns = (MetricRow.run_id, MetricRow.name, MetricRow.step, MetricRow.value, MetricRow.seconds)
    query = select(*columns).where(MetricRow.name.in_(CURVES), MetricRow.value.is_not(None)).order_by(MetricRow.id)
    with read(workspace) as session:
        for start in range(0, len(ids), MOST_ASKED):
            some = ids[start : start + MOST_ASKED]
            for run_id, name, step, value, seconds in session.execute(query.where(MetricRow.run_id.in_(some))):
                latest.setdefault((run_id, name), {})[step] = Point(step, float(value or 0.0), seconds)
    found: dict[str, dict[str, list[Point]]] = {}
    for (run_id, name), points in latest.items():
        found.setdefault(run_id, {})[name] = [points[step] for step in sorted(points)]
    return found
