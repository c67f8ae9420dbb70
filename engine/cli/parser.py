"""What can be typed after `python -m engine`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from engine.bench.cases import CASES
from engine.cli import bench, commands, datasets, results, study, sweep
from engine.config import SETTINGS
from engine.errors import BadRequest, unknown
from engine.export import FORMATS
from engine.presets import PRESETS
from engine.runner.kinds import NUM_EVAL

ABOUT = (
    "Distillery: dataset distillation runs from the command line. The workspace is DISTILLERY_HOME, else ./workspace."
)
EXIT = "Exit codes: 0 done, 1 the run failed, 2 the request was wrong."


class Parser(argparse.ArgumentParser):
    """Wrong arguments are bad requests like any other: one sentence, and JSON when JSON was asked for."""

    def error(self, message: str) -> NoReturn:
        raise BadRequest(f"{message[:1].upper()}{message[1:]}; '{self.prog} --help' lists what can be given.")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments; `command` is the function to call. Raises BadRequest."""
    grammar, names = _grammar()
    if not words:
        raise BadRequest(f"No command was given; choose one of: {', '.join(names)}.")
    if not words[0].startswith("-") and words[0] not in names:
        raise BadRequest(unknown("command", words[0], names))
    return grammar.parse_args(words)


def _grammar() -> tuple[Parser, tuple[str, ...]]:
    """The whole of it, and the names of the commands."""
    root = Parser(prog="python -m engine", description=ABOUT, epilog=EXIT, allow_abbrev=False)
    table = root.add_subparsers(required=True, parser_class=Parser)
    _runs(table)
    _results(table)
    reached = _add(table, "results", results.results, "what finished runs reached, beside what was published")
    reached.add_argument("--export", metavar="FILE.json", help="write the finished runs into this file instead")
    sets = _add(table, "datasets", datasets.datasets, "the datasets that can be distilled; add or remove your own")
    sets.add_argument("words", nargs="*", metavar="add NAME PATH | remove NAME", help="a folder or archive of images")
    for name, function, help_text in (
        ("recipes", commands.recipes, "the named methods"),
        ("presets", commands.presets, "the named starting points"),
        ("doctor", commands.doctor, "what works on this machine and what does not, with the remedy"),
    ):
        _add(table, name, function, help_text)
    _studies(table)
    _bench(table)
    serve = _add(table, "serve", commands.serve, "run this workspace's supervisor in the foreground", json=False)
    serve.add_argument("--idle-exit", type=float, metavar="SECONDS", help="end by itself after so long without work")
    return root, tuple(table.choices)


def _runs(table: argparse._SubParsersAction[Parser]) -> None:
    run = _add(table, "run", sweep.run, "launch a run and print its id")
    run.add_argument(
        "--preset", default="", metavar="NAME", help=f"a named starting point, such as {next(iter(PRESETS))}"
    )
    run.add_argument("--config", metavar="FILE.json", help="settings from a JSON file, laid over the preset")
    run.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="pairs",
        help="one setting, laid over both; may be repeated",
    )
    run.add_argument("--sweep", action="append", default=[], metavar="KEY=LIST", dest="sweeps",
                     help="a setting with several values, such as ipc=1,10 or seed=0-4; may be repeated: one run per combination")  # fmt: skip
    run.add_argument("--name", default="", help="what to call the run")
    run.add_argument("--wait", action="store_true", help="wait until every run has ended; Ctrl-C leaves them going")
    _add(table, "list", commands.list_runs, "all runs, newest first")
    show = _add(table, "show", commands.show, "one run: state, config, scores")
    stop = _add(table, "stop", commands.stop, "end a run after a checkpoint, or a task")
    pause = _add(table, "pause", commands.pause, "end a run after a checkpoint, to go on later")
    resume = _add(table, "resume", commands.resume, "go on with a run from its newest checkpoint, or with a task")
    for command in (show, stop, pause, resume):
        command.add_argument("id", metavar="ID")


def _results(table: argparse._SubParsersAction[Parser]) -> None:
    metrics = _add(
        table, "metrics", commands.metrics, "the curves of a run as CSV: step, name, value, seconds", json=False
    )
    metrics.add_argument(
        "--name", action="append", default=[], dest="names", metavar="NAME", help="only this quantity; may be repeated"
    )
    evaluate = _add(table, "evaluate", commands.evaluate, "train networks on a run's images and test them")
    evaluate.add_argument("--networks", metavar="A,B", help="architectures (default: the run's own)")
    evaluate.add_argument(
        "--protocol", metavar="NAME", help=f"{' or '.join(SETTINGS['protocol'].choices)} (default: the run's own)"
    )
    evaluate.add_argument(
        "--epochs", type=int, help="epochs (default: the run's own; of the protocol, where another is named)"
    )
    evaluate.add_argument("--repeats", type=int, help="networks per architecture (default: the run's own)")
    rank = _add(
        table, "rank", commands.rank, "DD-Ranking's two scores of a run's images: label-robust, augmentation-robust"
    )
    rank.add_argument("--epochs", type=int, help="epochs (default: the run's own)")
    rank.add_argument("--repeats", type=int, help=f"networks per training set (default: {NUM_EVAL})")
    tasks = _add(
        table,
        "tasks",
        commands.tasks,
        "what was asked for about a run, newest first; 'stop' and 'resume' take its ids too",
    )
    export = _add(table, "export", commands.export, "a run's newest images as a file that other programs read")
    export.add_argument(
        "--format", default="npz", dest="form", metavar="FORMAT", help=f"one of {', '.join(FORMATS)} (default: npz)"
    )
    export.add_argument("--to", metavar="DIR", help="folder to put it in (default: the run's own export folder)")
    for command in (metrics, evaluate, rank, tasks, export):
        command.add_argument("id", metavar="ID")


def _studies(table: argparse._SubParsersAction[Parser]) -> None:
    launch = _add(table, "study", study.study, "launch all runs of a study of the paper and print its id")
    launch.add_argument("name", metavar="NAME", nargs="?", default="", help="one of those that 'studies' lists")
    launch.add_argument("--scale", default="digits", help="digits (two cores, the default) or paper (a GPU)")
    launch.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="pairs",
                        help="one setting of all runs, laid over the scale's; may be repeated")  # fmt: skip
    launch.add_argument(
        "--wait", action="store_true", help="wait until all runs have ended, then print the figure's rows"
    )
    _add(table, "studies", study.studies, "the studies that can be launched, and those that were")


def _bench(table: argparse._SubParsersAction[Parser]) -> None:
    command = _add(
        table, "bench", bench.bench, "how fast the inner loop is here, beside a plain one written as papers' code is"
    )
    command.add_argument("--device", default="auto", help="auto (a GPU, else the CPU), cpu, cuda or cuda:<number>")
    command.add_argument(
        "--preset", default="", metavar="NAME", help="measure this preset's settings instead of the cases"
    )
    command.add_argument(
        "--case",
        action="append",
        default=[],
        dest="cases",
        metavar="NAME",
        help=f"only this case; may be repeated: {', '.join(CASES)}",
    )
    command.add_argument(
        "--repeats",
        type=int,
        default=7,
        metavar="N",
        help="pairs of blocks (default: 7; at most 5 where a loop takes seconds)",
    )
    command.add_argument("--no-baseline", action="store_false", dest="baseline", help="leave the plain loop out")
    command.add_argument("--record", action="store_true", help="also write the JSON value to benchmarks/results/")


def _add(
    table: argparse._SubParsersAction[Parser], name: str, function: commands.Command, help_text: str, json: bool = True
) -> Parser:
    command = table.add_parser(
        name, help=help_text, description=help_text[:1].upper() + help_text[1:] + ".", epilog=EXIT, allow_abbrev=False
    )
    command.set_defaults(command=function, json=False)
    if json:
        command.add_argument("--json", action="store_true", help="print one JSON value and nothing else")
    return command
