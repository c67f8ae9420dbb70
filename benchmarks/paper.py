"""The published tables' scripts, one line each: `python -m benchmarks.paper`. And what they share.

Each script queues runs of this workspace (DISTILLERY_HOME), waits for them and writes what they recorded into benchmarks/results:
`runs-<name>.json`, which docs/RESULTS.md is made from, and for a study `study-<name>.json`, the rows of its figure beside the paper's.
Called again, it goes on: what is finished is not run again, what was stopped is resumed. Ctrl-C leaves the runs going.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine import api, results
from engine.api import Run, StudyRecord
from engine.config import RunConfig, build
from engine.errors import BadRequest, DistilleryError
from engine.results import methods
from engine.store import artifacts
from engine.store.states import RESUMABLE
from engine.store.workspace import Workspace
from engine.studies.record import as_kept

HERE = Path(__file__).parent
RESULTS = HERE / "results"
POLL, TELL = 1.0, 60.0  # seconds between looks, and between lines about them
Settings = Mapping[str, object]
PLAIN: Settings = {"protocol": "E-DC", **methods.CORESETS_PLAIN.settings}
"""The other of the two protocols that coresets are to be reported under (METHODS, Part B); the first is their recipe's own."""


# ---- runs


def run_all(wanted: Iterable[Settings], path: Path) -> int:
    """Runs those that are missing, waits, writes all that are finished to `path`; the number of those that failed."""
    configs = [build(dict(settings)) for settings in wanted]
    ids = [_go_on(config) for config in configs]
    failed = wait(ids)
    export(ids, path)
    return failed


def known(config: RunConfig) -> Run | None:
    """The run of this workspace that is the same experiment with the same seed; a finished one first."""
    same = [run for run in api.list_runs() if _key(run.config) == _key(config)]
    return min(same, key=lambda run: run.state != "finished", default=None)


def _go_on(config: RunConfig) -> str:
    """The id of its run: the one that is there, resumed where need be, or a new one."""
    run = known(config)
    if run is None:
        return api.launch(config.to_dict()).id
    if run.state in RESUMABLE:
        api.resume(run.id)
    return run.id


def _key(config: RunConfig) -> tuple[Any, ...]:
    return *methods.identity(config), config.seed


def wait(ids: Sequence[str]) -> int:
    """Until all have ended, saying now and then how far they are; the number of those without a result."""
    told = -math.inf
    while live := [run for run in map(api.get_run, ids) if run.is_live]:
        if not api.supervisor_alive():
            api.ensure_supervisor()
        if time.monotonic() - told > TELL:
            told = time.monotonic()
            _say(f"{len(ids) - len(live)} of {len(ids)} done; now {live[-1].name}: {live[-1].phase or live[-1].state}")
        time.sleep(POLL)
    bad = [run for run in map(api.get_run, ids) if run.state != "finished"]
    for run in bad:
        _say(f"{run.id} {run.name} has {run.state}. {run.error}")
    return len(bad)


def export(ids: Iterable[str], path: Path) -> None:
    """The finished ones of these runs, and those that the file has already."""
    own = set(ids)
    entries = [entry for entry in results.of_workspace(Workspace.current()) if entry.id in own]
    before = [entry for entry in results.read([path] if path.exists() else []) if entry.id not in own]
    path.parent.mkdir(exist_ok=True)
    results.write(path, [*entries, *before])
    _say(f"{len(entries)} finished runs in {path}")


# ---- studies


def study(name: str) -> None:
    """The whole of a study's script: launch or go on, wait, write its runs and rows; ends the process."""
    raise SystemExit(main(_study, name))


def _study(name: str, given: argparse.Namespace) -> int:
    record = _launched(name, given.scale, settings_of(given))
    ids, label = _runs_of(record), f"{name}-{given.scale}"
    failed = wait(ids) + len(record.members) - len(ids)
    export(ids, given.out / f"runs-{label}.json")
    rows = [_plain(row._asdict()) for row in api.study_rows(record.id)]
    ended = api.get_study(record.id)
    artifacts.write_json(given.out / f"study-{label}.json", {"study": _plain(ended.to_dict()), "rows": rows})
    _say(f"{len(rows)} rows in {given.out / f'study-{label}.json'}")
    return failed


def _launched(name: str, scale: str, settings: dict[str, object]) -> StudyRecord:
    """The newest study of this name, scale and settings that has runs left, resumed where need be, or a new one."""
    wanted = name, scale, as_kept(name, scale, settings)
    for record in api.list_studies():
        if (record.name, record.scale, record.settings) == wanted and _runs_of(record):
            return api.resume_study(record.id) if record.resumable else record
    return api.launch_study(name, scale, settings)


def _runs_of(record: StudyRecord) -> list[str]:
    """The ids of its runs, without those that were deleted."""
    there = {run.id for run in api.list_runs()}
    return [member.run_id for member in record.members if member.run_id in there]


def _plain(value: Any) -> Any:
    """JSON has no NaN: null stands for it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


# ---- the command line of all scripts


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(allow_abbrev=False)
    found.add_argument("--scale", choices=("digits", "paper"), default="digits", help="digits: two cores; paper: a GPU")
    found.add_argument("--data-dir", default="", metavar="PATH", help="folder or archive with the dataset's images")
    found.add_argument(
        "--set", action="append", default=[], dest="pairs", metavar="KEY=VALUE", help="one more setting of all runs"
    )
    found.add_argument("--out", type=Path, default=RESULTS, metavar="DIR", help="where the JSON goes")
    return found


def settings_of(given: argparse.Namespace) -> dict[str, object]:
    """What the command line says about all runs. Raises BadRequest for a pair that is none."""
    pairs = [pair.partition("=") for pair in given.pairs]
    if odd := [key for key, equals, _ in pairs if not equals]:
        raise BadRequest(f"'--set {odd[0]}' is not a setting; give --set key=value, such as --set ipc=10.")
    place: dict[str, object] = {"data_dir": str(Path(given.data_dir).absolute())} if given.data_dir else {}
    return place | {key: value for key, _, value in pairs}


def main(work: Callable[[str, argparse.Namespace], int], name: str, grammar: argparse.ArgumentParser | None = None) -> int:  # fmt: skip
    """Parses, works, and gives the exit code: 1 when a run failed, 2 for a wrong request."""
    try:
        return int(work(name, (grammar or parser()).parse_args()) > 0)
    except DistilleryError as error:
        _say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        _say("Interrupted; the runs go on.")
        return 130


def scripts() -> dict[str, str]:
    """The scripts that run published tables and figures -> the first line of their docstring."""
    found = sorted([*HERE.glob("table*.py"), *HERE.glob("figure*.py")])
    texts = {path.stem: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in found}
    return {name: text.partition("\n")[0] for name, text in texts.items()}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(json.dumps(scripts(), indent=1) if "--json" in sys.argv else "\n".join(scripts().values()))
