"""What can be known to be wrong before anything is queued."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.config import RunConfig
from engine.data.archive import KINDS, open_archive
from engine.errors import BadConfig, BadData, BadRequest
from engine.paths import given_path
from engine.runner import slots
from engine.store import artifacts
from engine.store.workspace import RunFolder, Workspace

LEAST_FREE = 200 * 10**6  # bytes: a small run's snapshots and checkpoints, with room for the database


def launchable(workspace: Workspace, config: RunConfig) -> RunConfig:
    """The config with its data path made absolute, since a worker has another current folder. Raises BadConfig, BadRequest."""
    if config.data_dir:
        config = dataclasses.replace(config, data_dir=str(given_path(config.data_dir).absolute()))
    if problems := dict(_problems(config)):
        raise BadConfig(problems)
    enough_disk(workspace)
    return config


def enough_disk(workspace: Workspace) -> None:
    """Raises BadRequest when the workspace's disk is nearly full, or the folder cannot be made."""
    try:
        workspace.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(workspace.root).free
    except OSError as error:
        raise BadRequest(
            f"The workspace '{workspace.root}' cannot be used ({error.strerror}); set DISTILLERY_HOME to a folder you may write in."
        ) from None
    if free < LEAST_FREE:
        raise BadRequest(
            f"Only {free // 10**6} MB are free on the disk of workspace '{workspace.root}', a run needs at least {LEAST_FREE // 10**6} MB; "
            "free some space, or set DISTILLERY_HOME to a folder on another disk."
        )


def content(folder: RunFolder) -> str:
    """How far the files of a run are, as a key: results about it hold as long as this does."""
    return f"snapshots {_last(folder.snapshots)}, checkpoints {_last(folder.checkpoints)}"


def _last(folder: Path) -> int | None:
    steps = artifacts.steps(folder)
    return steps[-1] if steps else None


def _problems(config: RunConfig) -> Iterator[tuple[str, str]]:
    try:
        slots.choices(config.device, slots.gpus())
    except BadConfig as error:
        yield from error.problems.items()
    if config.data_dir and (problem := _path_problem(Path(config.data_dir))):
        yield "data_dir", problem


def _path_problem(path: Path) -> str:
    """What is wrong with a data path; empty when nothing is. What lies inside is read by the run itself."""
    allowed = f"give an existing folder, or an archive of kind {KINDS}"
    try:
        if path.is_dir():
            return "" if any(path.iterdir()) else f"Data folder '{path}' is empty; {allowed} with images."
        if not path.is_file():
            return f"Data path '{path}' does not exist; {allowed}."
        open_archive(path)
    except BadData as error:
        return str(error)
    except (OSError, ValueError) as error:
        return f"Data path '{path}' cannot be read ({error}); {allowed}."
    return ""
