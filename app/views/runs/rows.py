"""Runs and groups as the browser gets them: words, no numbers to format."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from app import palette
from app.parts import words
from app.views.runs.choice import Group
from app.views.runs.glance import Glance
from engine.api import Run, Spark

NOTE = 300  # characters of a note that a row shows
LINES = 8  # curves drawn for a group
CURVES = {"accuracy": "Accuracy", "loss.gradient": "Gradient loss"}
CLONE = "clone"
BREAKS = " ,;:·-–(["
SEED = re.compile(r"\bseed[\s:=#]*\d*[)\]]?$", re.IGNORECASE)


def row(run: Run, glance: Glance, now: float, allowed: bool = True) -> dict[str, Any]:
    """One run. `allowed`: things may be changed here."""
    config = run.config
    return {
        "kind": "run",
        "key": run.id,
        "ids": [[run.id, actions(run) if allowed else []]],
        "group": "",
        "size": 0,
        "name": run.name,
        "state": run.state,
        "word": palette.STATES[run.state].word,
        "dataset": config.spec.title,
        "recipe": words.recipe(config),
        "mark": list(palette.recipe(config.recipe).ink),
        "ipc": f"ipc {config.ipc}",
        "progress": [round(run.progress, 3)] * 2,
        "left": left(run),
        "accuracy": words.accuracy(run.accuracy),
        "age": words.age(run.created, now),
        "spark": spark([glance.spark] if glance.spark else []),
        "tags": list(run.tags),
        "note": run.note[:NOTE],
        "pinned": run.pinned,
        "actions": actions(run) if allowed else [],
    }


def group_row(
    group: Group, glances: Mapping[str, Glance], now: float, opened: bool, allowed: bool = True
) -> dict[str, Any]:
    """One group: its runs' accuracies and states together. Looks like its first run."""
    first, runs = group.runs[0], group.runs
    states = Counter(run.state for run in runs)
    low, high = (pick(run.progress for run in runs) for pick in (min, max))
    seen = [glances[run.id].spark for run in runs[:LINES] if run.id in glances]
    return row(first, Glance(), now) | {
        "kind": "group",
        "key": f"group-{group.id}",
        "group": group.id,
        "size": group.size,
        "ids": [[run.id, actions(run) if allowed else []] for run in runs],
        "name": common_title(runs),
        "state": first.state if len(states) == 1 else "",
        "word": ", ".join(f"{count} {palette.STATES[state].word}" for state, count in states.most_common()),
        "progress": [round(low, 3), round(high, 3)],
        "left": span(low, high),
        "accuracy": mean_accuracy(runs),
        "age": f"{len(runs)} {'seed' if len(runs) == 1 else 'seeds'}",
        "spark": spark([one for one in seen if one]),
        "tags": sorted(set.intersection(*(set(run.tags) for run in runs))),
        "note": "",
        "pinned": any(run.pinned for run in runs),
        "actions": [],
        "open": opened,
    }  # fmt: skip


def member_row(run: Run, group: Group, glance: Glance, now: float, allowed: bool = True) -> dict[str, Any]:
    """One run below its group."""
    below = {
        "kind": "member",
        "group": group.id,
        "size": group.size,
        "age": f"seed {run.config.seed} · {words.age(run.created, now)}",
    }
    return row(run, glance, now, allowed) | below


def picture(group: Group, glances: Mapping[str, Glance]) -> str:
    """The first there is of its runs'; "" where there is none."""
    return next((glances[run.id].picture for run in group.runs if run.id in glances and glances[run.id].picture), "")


def left(run: Run) -> str:
    """The last words of the progress: time left, or how long it took, or why there is none."""
    if run.state == "finished":
        return f"took {words.duration(run.seconds)}"
    if run.state == "queued":
        return "waiting for its turn"
    if run.is_live:
        return f"{words.duration(run.eta)} left" if run.eta is not None else run.phase or "starting"
    return f"at {run.step:,} / {run.total:,}"


def actions(run: Run) -> list[str]:
    """What its state allows, in the order of the menu."""
    if run.state == "stopping":
        return [CLONE]
    if run.is_live:
        return ["pause", "stop", CLONE]
    return [*(["resume"] if run.state != "finished" else []), CLONE, "delete"]


def spark(curves: Sequence[Spark]) -> dict[str, Any] | None:
    """Lines in a box of 100 x 100, y downwards, on one scale; accuracy where one of them has it. None without any."""
    name = "accuracy" if any(curve.curve == "accuracy" for curve in curves) else "loss.gradient"
    shown = [curve.values for curve in curves if curve.curve == name]
    if not shown:
        return None
    low, high = min(map(min, shown)), max(map(max, shown))
    scale = 100 / (high - low) if high > low else 0.0
    starts, ends = (statistics.fmean(values[place] for values in shown) for place in (0, -1))
    unit = " %" if name == "accuracy" else ""
    digits = ".1f" if name == "accuracy" else ".3g"
    return {
        "lines": [[round(100 - (value - low) * scale) if scale else 50 for value in values] for values in shown],
        "label": f"{CURVES[name]} from {starts:{digits}}{unit} to {ends:{digits}}{unit}",
        "loss": name != "accuracy",
    }


def mean_accuracy(runs: Sequence[Run]) -> str:
    """'95.8 ± 0.2 % (n 3)': mean and population standard deviation of the runs' mean accuracies; n counts runs. One run has no
    deviation."""
    means = [run.accuracy.mean for run in runs if run.accuracy]
    if not means:
        return words.DASH
    spread = f" ± {statistics.pstdev(means):.1f}" if len(means) > 1 else ""
    return f"{statistics.fmean(means):.1f}{spread} % (n {len(means)})"


def span(low: float, high: float) -> str:
    """'50 to 100 % done', or '100 % done'. Rounded down: 100 % is said only of what is finished."""
    least, most = int(100 * low), int(100 * high)
    return f"{most} % done" if least == most else f"{least} to {most} % done"


def common_title(runs: Sequence[Run]) -> str:
    """The words that the names begin with, without the seed; where they share none, what the runs are."""
    names = zip(*(run.name.split() for run in runs), strict=False)
    shared = " ".join(parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, names))
    title = SEED.sub("", shared).rstrip(BREAKS)
    config = runs[0].config
    return title or f"{words.recipe(config)} on {config.spec.title}, ipc {config.ipc}"
