"""One function per command: what was typed -> what to print and the exit code."""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from engine import api, errors
from engine.cli import text, watch
from engine.config import load_file
from engine.errors import BadConfig, BadRequest, NotFound, RunFailed
from engine.paths import given_path
from engine.store import artifacts


class Answer(NamedTuple):
    """`value` for --json, `text` for people, `error` for stderr."""

    value: Any
    text: str
    code: int = 0
    error: str = ""


Command = Callable[[argparse.Namespace], Answer]


# ---- runs


def run(args: argparse.Namespace) -> Answer:
    launched = api.launch(given(args), args.preset, args.name)
    if not args.wait:
        return Answer(launched.to_dict(), launched.id)
    print(f"Run {launched.id}: {launched.name}", file=sys.stderr)
    ended, interrupted = watch.run(launched.id)
    if interrupted:
        note = f"Stopped waiting; the run goes on. 'python -m engine show {ended.id}' says how far it is."
        return Answer(ended.to_dict(), ended.id, watch.INTERRUPTED, note)
    if ended.state == "finished":
        return Answer(ended.to_dict(), text.run(ended))
    return Answer(
        ended.to_dict(),
        text.run(ended),
        exit_code(ended.error_kind),
        f"error: {ended.error or f'The run was {ended.state} before it had finished.'}",
    )


def list_runs(_: argparse.Namespace) -> Answer:
    found = api.list_runs()
    return Answer([one.to_dict() for one in found], text.runs(found))


def show(args: argparse.Namespace) -> Answer:
    return _about(api.get_run(args.id))


def stop(args: argparse.Namespace) -> Answer:
    return _state(_run_or_task(args.id, api.stop, api.stop_task))


def pause(args: argparse.Namespace) -> Answer:
    return _state(api.pause(args.id))


def resume(args: argparse.Namespace) -> Answer:
    return _state(_run_or_task(args.id, api.resume, api.resume_task))


def metrics(args: argparse.Namespace) -> Answer:
    rows, _ = api.metrics(args.id, args.names)
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("step", "name", "value", "seconds"))
    table.writerows((row.step, row.name, repr(row.value), row.seconds) for row in rows)
    return Answer(None, out.getvalue().rstrip("\n"))


# ---- tasks


def evaluate(args: argparse.Namespace) -> Answer:
    given = {"networks": args.networks and args.networks.split(","), "protocol": args.protocol, "epochs": args.epochs, "repeats": args.repeats}  # fmt: skip
    result = _done("evaluate", args.id, {name: value for name, value in given.items() if value is not None})
    return Answer({"id": args.id} | result, text.evaluation(result))


def rank(args: argparse.Namespace) -> Answer:
    given = {"epochs": args.epochs, "repeats": args.repeats}
    result = _done("ranking", args.id, {name: value for name, value in given.items() if value is not None})
    return Answer({"id": args.id} | result, text.ranking(result))


def tasks(args: argparse.Namespace) -> Answer:
    found = api.tasks_of(args.id)
    return Answer([one.to_dict() for one in found], text.tasks(found))


def export(args: argparse.Namespace) -> Answer:
    result = _done("export", args.id, {"format": args.form})
    path = Path(result["path"])
    if args.to:
        path = _copy(path, given_path(args.to))
    return Answer({"id": args.id} | result | {"path": str(path)}, str(path))


def _done(kind: str, run_id: str, params: dict[str, Any]) -> dict[str, Any]:
    """The result of a task, waited for. Raises BadRequest or RunFailed with the task's own sentence."""
    task, interrupted = watch.task(api.request(kind, run_id, params))
    if interrupted:
        print(f"Task {task.id} goes on; 'python -m engine stop {task.id}' ends it.", file=sys.stderr)
        raise KeyboardInterrupt
    if task.state in ("stopping", "stopped"):
        raise RunFailed(f"Task '{task.id}' was stopped; 'python -m engine resume {task.id}' goes on with it.")
    if task.state == "failed":
        raise (BadRequest if exit_code(task.error_kind) == 2 else RunFailed)(task.error)
    return dict(task.result)


def _run_or_task(
    an_id: str, on_run: Callable[[str], api.Run], on_task: Callable[[str], api.Task]
) -> api.Run | api.Task:
    """Does it to the run of that id, or to the task where there is no such run. Raises NotFound in the run's words."""
    try:
        return on_run(an_id)
    except NotFound as no_run:
        try:
            return on_task(an_id)
        except NotFound:
            raise no_run from None


def _copy(path: Path, to: Path) -> Path:
    """A file goes into the folder `to`, a folder's content becomes the content of `to`."""
    try:
        to.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, to, dirs_exist_ok=True)
            return to
        with artifacts.whole(to / path.name) as part:
            shutil.copyfile(path, part)
        return to / path.name
    except OSError as error:
        raise BadRequest(
            f"'{to}' cannot be written ({error.strerror or error}); give --to a folder you may write in."
        ) from None


# ---- tables


def recipes(_: argparse.Namespace) -> Answer:
    return _table(api.recipes())


def presets(_: argparse.Namespace) -> Answer:
    return _table(api.presets())


def doctor(_: argparse.Namespace) -> Answer:
    from engine.doctor import checks  # looks at the machine: only when asked

    found = checks()
    return Answer([check._asdict() for check in found], "\n".join(text.check(*check) for check in found))


# ---- the supervisor


def serve(args: argparse.Namespace) -> Answer:
    from engine.runner.supervisor import Supervisor
    from engine.store.workspace import Workspace

    supervisor = Supervisor(Workspace.current())
    print(
        f"Serving workspace '{supervisor.workspace.root}'. Ctrl-C ends the supervisor; runs under way go on.",
        file=sys.stderr,
        flush=True,
    )
    reason = supervisor.serve(args.idle_exit)
    going = ", ".join(supervisor.held())
    rest = f" Still running, each in its own process: {going}. The next supervisor takes them over." if going else ""
    print(f"The supervisor ended ({reason}).{rest}", file=sys.stderr, flush=True)
    return Answer(None, "")


def given(args: argparse.Namespace) -> dict[str, object]:
    """The settings of --config with those of --set over them. Raises BadConfig."""
    return (load_file(args.config) if args.config else {}) | dict(map(pair, args.pairs))


def exit_code(kind: str) -> int:
    """What a stored kind of error means for the one who asked: 2 for a wrong request, else 1."""
    return int(getattr(getattr(errors, kind, None), "exit_code", 1))


def pair(text_pair: str, option: str = "set", example: str = "ipc=10") -> tuple[str, str]:
    """KEY=VALUE, as --set takes it. Raises BadConfig."""
    key, equals, value = text_pair.partition("=")
    if not equals or not key.strip():
        sentence = (
            f"'--{option} {text_pair}' is not a setting; give --{option} key=value, such as --{option} {example}."
        )
        raise BadConfig({option: sentence})
    return key.strip(), value


def _about(one: api.Run) -> Answer:
    return Answer(one.to_dict(), text.run(one))


def _state(one: api.Run | api.Task) -> Answer:
    return Answer(one.to_dict(), f"{one.id} is {one.state}")


def _table(rows: list[dict[str, Any]]) -> Answer:
    return Answer(rows, "\n".join(f"{row['name']:<22} {row['title']}: {row['summary']}" for row in rows))
