"""Every dataset as one value, whether of the catalogue or a person's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.parts import words
from engine import api
from engine.api import Installed, OwnDataset, Task
from engine.data.catalog import DATASETS

FOLDER = "folder"


@dataclass(frozen=True)
class Entry:
    """`dataset` and `data_dir`: the settings of a run that uses it. `place`: where a dataset of the catalogue is, None for an own one.
    `look`: the newest look inside, None when there was none."""

    name: str
    title: str
    summary: str
    dataset: str
    data_dir: str
    place: Installed | None
    own: OwnDataset | None
    look: Task | None

    @property
    def found(self) -> Mapping[str, Any]:
        """What a finished look has found; empty without one."""
        return self.look.result if self.look and self.look.state == "finished" else {}

    @property
    def live(self) -> bool:
        return self.look is not None and self.look.is_live

    @property
    def here(self) -> bool:
        """Whether it can be read without a download and without asking for a path."""
        return bool(self.data_dir) or (self.place is not None and self.place.where in ("bundled", "installed"))

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.own.warnings if self.own else tuple(self.found.get("warnings", ()))


def entries() -> list[Entry]:
    """Own ones first, then the catalogue in its order. Raises Damaged."""
    newest: dict[tuple[str, str], Task] = {}
    for task in api.inspections():
        newest.setdefault((task.params.get("dataset", ""), task.params.get("data_dir", "")), task)
    own = [_own(one, newest.get((FOLDER, one.path))) for one in api.own_datasets()]
    return [*own, *(_known(place, newest) for place in api.installed())]


def find(name: str) -> Entry | None:
    """The one of that name."""
    return next((entry for entry in entries() if entry.name == name), None)


def _own(one: OwnDataset, look: Task | None) -> Entry:
    return Entry(one.name, one.name, one.path, FOLDER, one.path, None, one, look)


def _known(place: Installed, newest: Mapping[tuple[str, str], Task]) -> Entry:
    """One that is never downloaded is where somebody has last looked for it."""
    spec = DATASETS[place.name]
    path = ""
    if place.where == "needs path":
        path = next((path for dataset, path in newest if dataset == place.name), "")
    look = newest.get((place.name, path))
    return Entry(place.name, spec.title, spec.summary, place.name, path, place, None, look)


def state(entry: Entry) -> tuple[str, str, str]:
    """Where its files are: a word, an icon, the name of a colour."""
    if entry.own:
        return ("uploaded", "cloud_done", "green") if entry.own.uploaded else ("on this machine", "folder", "green")
    assert entry.place is not None
    if entry.data_dir:
        return "on this machine", "folder", "green"
    size = words.size(entry.place.bytes)
    return {
        "bundled": ("bundled", "inventory_2", "green"),
        "installed": (f"installed, {size}", "check_circle", "green"),
        "absent": ("not downloaded", "cloud_download", "gray"),
        "needs path": ("needs a path", "folder_open", "gray"),
    }[entry.place.where]


def numbers(entry: Entry) -> str:
    """'10 classes · 50,000 training and 10,000 test images · 32x32 colour'; what is not known yet is left out."""
    found, spec = entry.found, DATASETS[entry.dataset]
    classes = len(found["classes"]) if found else spec.classes
    if not classes:
        return "Not looked inside yet"
    train, test = (found["train"], found["test"]) if found else (spec.train, spec.test)
    side, channels = (found["side"], found["channels"]) if found else (spec.side, spec.channels)
    kind = "grey" if channels == 1 else "colour"
    return f"{classes:,} classes · {train:,} training and {test:,} test images · {side}×{side} {kind}"


def settings(entry: Entry) -> dict[str, str]:
    """Of a new run that uses it, as the launch page's address takes them."""
    return {"dataset": entry.dataset} | ({"data_dir": entry.data_dir} if entry.data_dir else {})
