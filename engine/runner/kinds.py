"""The table of tasks: what can be asked about a run or a dataset, with which parameters, and the function that does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.config import NETWORKS, SETTINGS, RunConfig
from engine.errors import BadConfig, pick, unknown
from engine.events import Report
from engine.export import FORMATS
from engine.protocols import tested_under

NUM_EVAL = 5  # networks per training set that DD-Ranking v0.2 trains (METHODS F1)


@dataclass(frozen=True)
class Job:
    """What a task's function is given. `out` is the task's own folder, `cache` is shared by the whole workspace. About a dataset:
    `config` names it, and there is no run, so that `run_dir` is the task's own folder too."""

    run_dir: Path
    config: RunConfig
    params: Mapping[str, Any]
    cache: Path
    out: Path
    report: Report


class Param(NamedTuple):
    """One parameter: a whole number between `low` and `high`, one of `choices` (several of them when `many`), or the id of a
    `run`."""

    default: Callable[[RunConfig], Any]
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()
    many: bool = False
    run: bool = False


def _as_it_is(config: RunConfig, _given: Mapping[str, Any]) -> RunConfig:
    return config


class Kind(NamedTuple):
    """`needs_images`: whether the run must have made images already. `read`: the config that the parameters' defaults are read
    from, by the run's own and what was given."""

    work: Callable[[Job], dict[str, Any]]
    params: Mapping[str, Param]
    needs_images: bool
    about: Literal["run", "dataset"] = "run"
    read: Callable[[RunConfig, Mapping[str, Any]], RunConfig] = _as_it_is


def _sampling(job: Job) -> dict[str, Any]:
    from engine.sampling.study import study

    return study(job.run_dir, job.config, job.params, job.cache, job.out, job.report)


def _story(job: Job) -> dict[str, Any]:
    from engine.sampling.story import story

    return story(job.run_dir, job.config, job.params, job.cache, job.out, job.report)


def _evaluate(job: Job) -> dict[str, Any]:
    from engine.evaluate.task import evaluate_run

    return evaluate_run(job.run_dir, job.config, job.params, job.cache, job.out, job.report)


def _rank(job: Job) -> dict[str, Any]:
    from engine.evaluate.rank import rank_run

    return rank_run(job.run_dir, job.config, job.params, job.cache, job.report)


def _export(job: Job) -> dict[str, Any]:
    from engine.export import export

    return export(job.run_dir, job.config, job.params["format"], job.report)


def _distribution(job: Job) -> dict[str, Any]:
    from engine.sampling.distribution import distribution

    folders = job.run_dir, job.run_dir.parent / job.params["other"]
    return distribution(folders, job.config, job.params, job.cache, job.out, job.report)


def _nearest(job: Job) -> dict[str, Any]:
    from engine.sampling.nearest import nearest

    return nearest(job.run_dir, job.config, job.params, job.cache, job.out, job.report)


def _path(job: Job) -> dict[str, Any]:
    from engine.sampling.path import path

    return path(job.run_dir, job.config, job.params, job.cache, job.out, job.report)


def _dataset(job: Job) -> dict[str, Any]:
    from engine.data.inspect import inspect

    return inspect(job.config, job.cache, job.out, job.report)


def _bounded(setting: str) -> Param:
    """A parameter that has a setting's bounds, and the run's own value when not given."""
    bounds = SETTINGS[setting]
    assert bounds.low is not None and bounds.high is not None
    return Param(lambda config: getattr(config, setting), int(bounds.low), int(bounds.high))


def _under(config: RunConfig, given: Mapping[str, Any]) -> RunConfig:
    """Under the protocol that was asked for; the run's own where there is no such protocol, which `check` then says."""
    name = given.get("protocol")
    return tested_under(config, str(name)) if name in SETTINGS["protocol"].choices else config


# fmt: off
KINDS: dict[str, Kind] = {
    "sampling": Kind(_sampling, {
        "label": Param(lambda _: 0, 0, 100_000),
        "clusters": _bounded("clusters"),
        "per_cluster": _bounded("per_cluster"),
        "left": Param(lambda _: "representative", choices=SETTINGS["sampler"].choices),
        "right": Param(lambda _: "random", choices=SETTINGS["sampler"].choices),
        "method": Param(lambda _: "pca", choices=("pca", "tsne", "umap")),
        "dims": Param(lambda _: 2, 2, 3),
        "seed": _bounded("seed"),
    }, needs_images=False),
    "distribution": Kind(_distribution, {
        "other": Param(lambda _: "", run=True),
        "label": Param(lambda _: 0, 0, 100_000),
        "method": Param(lambda _: "tsne", choices=("pca", "tsne", "umap")),
        "seed": _bounded("seed"),
    }, needs_images=True),
    "nearest": Kind(_nearest, {"step": Param(lambda _: 0, 0, 10**9)}, needs_images=True),
    "path": Kind(_path, {"label": Param(lambda _: 0, 0, 100_000)}, needs_images=True),
    "story": Kind(_story, {"seed": _bounded("seed")}, needs_images=False),
    "evaluate": Kind(_evaluate, {
        "networks": Param(lambda config: list(config.eval_networks), choices=NETWORKS, many=True),
        "protocol": Param(lambda config: config.protocol, choices=SETTINGS["protocol"].choices),
        "epochs": _bounded("eval_epochs"),
        "repeats": _bounded("eval_repeats"),
    }, needs_images=True, read=_under),
    "ranking": Kind(_rank, {
        "epochs": _bounded("eval_epochs"),
        "repeats": _bounded("eval_repeats")._replace(default=lambda _: NUM_EVAL),
    }, needs_images=True),
    "export": Kind(_export, {"format": Param(lambda _: "npz", choices=FORMATS)}, needs_images=True),
    "dataset": Kind(_dataset, {}, needs_images=False, about="dataset"),
}
# fmt: on


def check(kind: str, given: Mapping[str, Any], config: RunConfig) -> dict[str, Any]:
    """Whole parameters for a task of this kind, JSON-ready. Raises BadConfig with one sentence per parameter."""
    table, config = pick(KINDS, "task", kind).params, KINDS[kind].read(config, given)
    problems = {str(name): unknown("parameter", name, table) for name in given if name not in table}
    whole: dict[str, Any] = {}
    for name, param in table.items():
        whole[name] = given[name] if name in given else param.default(config)
        if problem := _problem(name, param, whole[name]):
            problems[name] = problem
    if problems:
        raise BadConfig(problems)
    return whole


def _problem(name: str, param: Param, value: Any) -> str:
    if param.run:
        good = isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}", value, re.ASCII)
        return "" if good else f"{name} must be the id of a run, 8 characters of 0-9 and a-f, got {value!r:.40}."
    if param.choices:
        words = value if param.many and isinstance(value, (list, tuple)) else [value]
        wrong = [word for word in words if word not in param.choices]
        return (
            unknown(name, wrong[0], param.choices)
            if wrong
            else ""
            if words
            else f"{name} is empty; give at least one of: {', '.join(param.choices)}."
        )
    if not isinstance(value, int) or isinstance(value, bool):
        return f"{name} must be a whole number, got {value!r:.80}."
    within = param.low <= value <= param.high
    return "" if within else f"{name} must be between {param.low} and {param.high}, got {value}."
