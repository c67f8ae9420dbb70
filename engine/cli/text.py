"""Values as lines for people."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from engine.api import Run, Task
from engine.events import Score


def score(value: Score | None) -> str:
    return f"{value.mean:.2f} ± {value.std:.2f} % (n = {value.n})" if value else "-"


def evaluation(result: Mapping[str, Any]) -> str:
    """Of a finished "evaluate" task: one line per architecture."""
    found = [Score.from_dict(value) for value in result["scores"]]
    best = {one.network: f", best of tests {one.best_mean:.2f} %" if one.has_best else "" for one in found}
    head = {"step": result["step"], "protocol": found[0].protocol.get("name", "")}
    return lines(head | {one.network: score(one) + best[one.network] for one in found})


def ranking(result: Mapping[str, Any]) -> str:
    """Of a finished "ranking" task: both scores, and the accuracies in percent that they are computed from."""
    accuracies = {name: score(Score.from_dict(value)) for name, value in result["scores"].items()}
    pairs = {
        "step": result["step"],
        "label-robust score": f"{result['lrs']:.3f}",
        "augmentation-robust score": f"{result['ars']:.3f}",
    }
    return lines(pairs | accuracies | {"full data": score(Score.from_dict(result["full"]))})


def tasks(found: Sequence[Task]) -> str:
    """One line per task under a heading."""
    if not found:
        return "No tasks about this run yet. 'python -m engine evaluate ID' asks for one."
    row = "{:<8}  {:<9} {:<9}  {}".format
    return "\n".join(
        [row("id", "kind", "state", "how far"), *(row(one.id, one.kind, one.state, _how_far(one)) for one in found)]
    )


def _how_far(task: Task) -> str:
    """The phase of a task with its count, or the sentence it failed with."""
    return task.error or (f"{task.phase} {task.done}/{task.total}" if task.total and task.phase else task.phase or "-")


def span(seconds: float) -> str:
    """A duration: 45 s, 3 min 05 s, 2 h 10 min, 3 d 04 h."""
    whole = round(seconds)
    for size, unit, inner_size, inner in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // inner_size:02d} {inner}"
    return f"{whole} s"


def run(one: Run) -> str:
    """Everything that matters about one run."""
    config = one.config
    pairs = {
        "run": f"{one.id}  {one.name}",
        "state": one.state + (f", {one.phase}" if one.phase else ""),
        "what": f"{config.recipe} on {config.dataset}, ipc {config.ipc}, factor {config.factor}, seed {config.seed}",
        "progress": f"{one.step} of {one.total} inner loops ({one.progress:.0%})",
        "work time": span(one.seconds) + (f", about {span(one.eta)} left" if one.eta is not None and one.is_live else ""),
        "device": one.device or "-",
        "accuracy": score(one.accuracy),
        "initial": score(one.initial),
        "random": score(one.random),
        "full": score(one.full),
    } | ({"error": one.error} if one.error else {})  # fmt: skip
    return lines(pairs)


def runs(found: Sequence[Run]) -> str:
    """One line per run under a heading."""
    if not found:
        return "No runs yet. 'python -m engine run --preset digits-demo --wait' starts one."
    row = "{:<8}  {:<9} {:>5}  {:>8}  {:<14} {:<8} {:>4}  {:<12}  {}".format
    head = row("id", "state", "done", "accuracy", "dataset", "recipe", "ipc", "age", "name")
    return "\n".join([head, *(row(*_cells(one)) for one in found)])


def lines(pairs: Mapping[str, Any]) -> str:
    """name: value, one per line, aligned."""
    wide = max(map(len, pairs), default=0)
    return "\n".join(f"{name:<{wide}}  {value}" for name, value in pairs.items())


def check(name: str, ok: bool, detail: str, remedy: str) -> str:
    """One finding of the doctor."""
    return f"{'ok ' if ok else 'NO '} {name}: {detail}" + (f"\n    -> {remedy}" if remedy else "")


def _cells(one: Run) -> tuple[str, ...]:
    accuracy = f"{one.accuracy.mean:.2f} %" if one.accuracy else "-"
    age = span(time.time() - one.created)
    return (
        one.id,
        one.state,
        f"{one.progress:.0%}",
        accuracy,
        one.config.dataset,
        one.config.recipe,
        str(one.config.ipc),
        age,
        one.name,
    )
