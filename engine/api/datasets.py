"""Datasets: which are here, a look inside, downloads, and a person's own images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from engine.access import VARIABLE, changing, readonly
from engine.config import RunConfig
from engine.data import installed as files
from engine.data import own
from engine.data.catalog import DATASETS
from engine.data.installed import Installed
from engine.data.own import Own
from engine.errors import BadData, BadRequest, ReadOnly, WrongState, pick
from engine.estimate import Sizes
from engine.paths import given_path
from engine.runner import services
from engine.store import runs, tasks
from engine.store.records import Task, config_from
from engine.store.states import LIVE
from engine.store.workspace import Workspace

KIND, FOLDER = "dataset", "folder"
CHANGED = "The files have changed since this look inside; look again."


@dataclass(frozen=True)
class OwnDataset:
    """A person's own dataset; a run takes it as dataset="folder", data_dir=`path`.

    `counts`: training images per class; `test`: test images; `side` and `channels` as the images are read without further settings.
    All of these are empty or 0 until a look inside has finished. `uploaded`: the workspace keeps the file itself. `added`: seconds
    since the epoch. `changed`: the files have changed since that look; the first warning says so too.
    """

    name: str
    path: str
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    test: int
    side: int
    channels: int
    warnings: tuple[str, ...]
    added: float
    uploaded: bool = False
    changed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in vars(self).items()}


def own_datasets() -> list[OwnDataset]:
    """All own datasets, by name. Raises Damaged when their list cannot be read."""
    here = Workspace.current()
    known = own.everything(here.datasets)
    looks = tasks.of_kind(here, KIND) if known else []
    return [_seen(one, looks) for one in known]


@changing
def add_dataset(name: str, source: Path | BinaryIO, filename: str = "") -> OwnDataset:
    """Adds a folder or archive of this machine, which stays where it is, or an uploaded archive, of which the workspace keeps a copy.

    `filename`: of an upload, for its ending. Nothing is decoded yet: ask `inspect_dataset("folder", <path>)`. Raises BadRequest for a
    name that is taken or unfit, BadData for what is no folder or archive of images, NoSpace.
    """
    folder = Workspace.current().datasets
    added = (
        own.point(folder, name, source) if isinstance(source, (str, Path)) else own.keep(folder, name, source, filename)
    )
    return _seen(added, [])


@changing
def remove_dataset(name: str) -> None:
    """Forgets an own dataset; an uploaded archive is deleted, a folder or archive of this machine stays. Raises NotFound, WrongState
    while a live run or a look inside reads it."""
    here = Workspace.current()
    one = own.find(here.datasets, name)
    looks = [task for task in tasks.of_kind(here, KIND) if task.params.get("data_dir") == one.path]
    _free_to_go(here, name, looks, path=one.path)
    own.remove(here.datasets, name)
    tasks.forget(here, [task.id for task in looks])


def installed() -> list[Installed]:
    """For each dataset of the catalogue: "bundled", "installed" in this workspace, "absent" or "needs path"; bytes on disk; folder."""
    return files.look(Workspace.current().data)


@changing
def forget_downloaded(name: str) -> int:
    """Removes a dataset's downloaded files; the bytes that freed. Raises BadConfig for an unknown name, WrongState while a live run or a
    look inside reads it, BadRequest for one that is never downloaded."""
    here = Workspace.current()
    pick(DATASETS, "dataset", name)
    if name not in files.FILES:
        raise BadRequest(f"Dataset '{name}' is never downloaded, so there is nothing to remove.")
    looks = [task for task in tasks.of_kind(here, KIND) if _params(name) == _plain(task)]
    _free_to_go(here, name, looks)
    tasks.forget(here, [task.id for task in looks])
    return files.forget(here.data, name)


def inspect_dataset(dataset: str, data_dir: str = "") -> Task:
    """Asks for a look inside a dataset of the catalogue, which is downloaded when it is not here, or inside a folder or archive
    (dataset="folder"). The task's `run_id` is "".

    Result: see `engine.data.inspect.inspect`; its sheets of samples lie in the task's folder. The same question gives the same task
    back until the files change. Raises BadConfig, BadData; in read-only mode ReadOnly where nobody has looked before.
    """
    here = Workspace.current()
    params = _params(dataset, data_dir)
    if not data_dir and DATASETS[dataset].needs_path:
        raise BadData(
            f"Dataset '{dataset}' is not downloaded by Distillery; give data_dir, the path of its folder or archive."
        )
    params["stamp"] = files.stamp(Path(params["data_dir"])) if data_dir else ""
    if params["stamp"] == "missing":
        raise BadData(f"There is nothing at '{data_dir:.200}' any more; give the path of a folder or archive.")
    if readonly():
        return _answered(here, params)
    if not data_dir and not files.is_here(here.data, dataset):  # else a finished look would stand for a download
        tasks.forget(here, [task.id for task in tasks.of_kind(here, KIND) if task.params == params])
    found = tasks.request(here, KIND, "", params, "")
    if found.is_live:
        services.ensure_supervisor(here)
    return found


def inspection(dataset: str, data_dir: str = "") -> Task | None:
    """The newest look inside that dataset, finished or not; None when nobody has asked. Raises BadConfig."""
    wanted = _params(dataset, data_dir)
    return next((task for task in inspections() if _plain(task) == wanted), None)


def inspections() -> list[Task]:
    """All looks inside datasets, newest first; `params` has "dataset" and "data_dir"."""
    return tasks.of_kind(Workspace.current(), KIND)


def _answered(here: Workspace, params: dict[str, str]) -> Task:
    if found := tasks.find(here, KIND, "", params, ""):
        return found
    raise ReadOnly(
        f"This Distillery only shows: nobody has looked inside this dataset before. Start it without {VARIABLE}."
    )


def sizes(config: RunConfig) -> Sizes:
    """Of a folder or archive, as the newest look inside has found them; the usual guess where nobody has looked."""
    if config.dataset != FOLDER or not config.data_dir:
        return Sizes()
    mine, looks = _params(FOLDER, config.data_dir), tasks.of_kind(Workspace.current(), KIND)
    counts = next((look.result["counts"] for look in looks if _plain(look) == mine and look.state == "finished"), None)
    return Sizes(len(counts), sum(counts)) if counts else Sizes()


def _params(dataset: str, data_dir: str = "") -> dict[str, str]:
    """What a look inside is about. Raises BadConfig for an unknown name, BadData for what cannot be a path."""
    pick(DATASETS, "dataset", dataset)
    if not isinstance(data_dir, str) or not (data_dir.isprintable() and len(data_dir) <= 1000):
        raise BadData("The path is too long or has invisible characters; give the path of a folder or archive.")
    return {"dataset": dataset, "data_dir": str(given_path(data_dir).absolute()) if data_dir else ""}


def _plain(task: Task) -> dict[str, str]:
    return {key: str(task.params.get(key, "")) for key in ("dataset", "data_dir")}


def _seen(one: Own, looks: Iterable[Task]) -> OwnDataset:
    """With what the newest finished look inside has found."""
    mine = _params(FOLDER, one.path)
    look = next((task for task in looks if _plain(task) == mine and task.state == "finished"), None)
    if look is None:
        return OwnDataset(one.name, one.path, (), (), 0, 0, 0, (), one.added, one.uploaded)
    found = look.result
    changed = look.params.get("stamp") != files.stamp(Path(one.path))
    warnings = (*([CHANGED] if changed else []), *found["warnings"])
    return OwnDataset(
        one.name, one.path, tuple(found["classes"]), tuple(found["counts"]), found["test"], found["side"], found["channels"],
        warnings, one.added, one.uploaded, changed,
    )  # fmt: skip


def _free_to_go(here: Workspace, name: str, looks: Iterable[Task], path: str = "") -> None:
    """Raises WrongState when a live run or task reads the files of dataset `name`, or those at a path."""
    for row in runs.in_states(here, LIVE):
        if _reads(config_from(row.config), name, path):
            raise WrongState(
                f"Run '{row.id}' ({row.state}) uses dataset '{name}'; stop it first, then remove the dataset."
            )
    if any(task.is_live for task in looks):
        raise WrongState(f"Dataset '{name}' is being read just now; stop that first, then remove it.")


def _reads(config: RunConfig, name: str, path: str) -> bool:
    if path:
        return bool(config.data_dir) and given_path(config.data_dir).resolve() == Path(path).resolve()
    return config.dataset == name and not config.data_dir
