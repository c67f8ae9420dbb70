"""What a study leaves as files: pictures whose every image is where it belongs, and tables that read back."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

from engine import api
from engine.api import StudyRecord, Task
from engine.cli import study_files, watch
from engine.errors import Damaged, RunFailed
from engine.store import artifacts, tasks
from engine.store.montage import GAP
from engine.store.workspace import Workspace
from engine.studies import export
from tests.studies.recorded import put

SIDE = 16


def grey(*values: float) -> artifacts.Images:
    """An image of a single grey per value of 0 to 255."""
    return np.stack([np.full((1, SIDE, SIDE), value / 255, np.float32) for value in values])


def tiles(path: Path, rows: int, columns: int) -> list[list[int]]:
    """The grey in the middle of each image of a picture."""
    pixels = np.asarray(Image.open(path))
    factor = export.SIDE // SIDE
    assert pixels.shape == tuple(factor * (count * (SIDE + GAP) - GAP) for count in (rows, columns))
    middle = [[factor * (i * (SIDE + GAP) + SIDE // 2) for i in range(count)] for count in (rows, columns)]
    return [[int(pixels[y, x]) for x in middle[1]] for y in middle[0]]


def test_images_along_the_way_are_a_row_per_class_and_cell(tmp_path: Path) -> None:
    """2 cells, 3 moments, 2 classes of 2 images: the grey tells where each belongs."""
    sets = [[grey(*(100 * cell + 10 * step + image for image in range(4))) for step in range(3)] for cell in range(2)]
    path = export.along(tmp_path / "export" / "along.png", sets, ipc=2)
    assert tiles(path, 4, 6) == [
        [0, 1, 10, 11, 20, 21], [100, 101, 110, 111, 120, 121], [2, 3, 12, 13, 22, 23], [102, 103, 112, 113, 122, 123],
    ]  # fmt: skip
    assert [one.name for one in path.parent.iterdir()] == ["along.png"], "nothing half-made"


@pytest.mark.parametrize(
    ("kept", "found"),
    [([range(0, 101, 10)], [0, 10, 30, 60, 100]), ([[0, 50, 100], [0, 100]], [0, 100]), ([[], [0]], []), ([[0]], [0])],
)
def test_moments_are_those_that_all_have(kept: list[list[int]], found: list[int]) -> None:
    assert export.shared_moments(kept) == found


def test_picks_are_shown_in_their_order(tmp_path: Path) -> None:
    members, images = (
        np.array([3, 7, 20, 21]),
        np.stack([np.full((1, SIDE, SIDE), v, np.uint8) for v in (10, 20, 30, 40)]),
    )
    chosen = {"DREAM, 2 x 1": np.array([21, 3]), "DREAM+, 17": np.array([7] * 17)}
    few, many = export.picks(tmp_path / "export", members, images, chosen)
    assert tiles(few, 1, 2) == [[40, 10]] and tiles(many, 2, 9) == [[20] * 9, [20] * 8 + [255]]
    assert (few.name, many.name) == ("picks-DREAM_2_x_1.png", "picks-DREAM+_17.png")


def ended(here: Workspace, name: str) -> StudyRecord:
    """A study whose runs have finished, each with images and picks; grey 10 * its number + image."""
    study = api.launch_study(name)
    for number, member in enumerate(study.members):
        folder = here.run(member.run_id)
        artifacts.write_json(folder.classes, ["no 1", "no 2"])
        for step in (0, 50):
            artifacts.write_snapshot(folder, step, grey(10 * number, 10 * number + 1), 2)
            artifacts.write_picks(folder, step, {0: np.array([step // 50, number])})
        put(here, member.run_id, {})
    return api.get_study(study.id)


def answered(monkeypatch: pytest.MonkeyPatch, here: Workspace, file: str, arrays: dict[str, Any]) -> list[Task]:
    """What is asked of the engine from now on; each is answered with these arrays."""
    asked = []

    def work(task: Task) -> tuple[Task, bool]:
        asked.append(task)
        task.folder.mkdir(parents=True, exist_ok=True)
        safetensors.numpy.save_file(arrays, task.folder / f"{file}.safetensors")
        tasks.claim(here)
        tasks.finish(here, task.id, {"class": "no 1"})
        return api.task(task.id), False

    monkeypatch.setattr(watch, "task", work)
    return asked


def test_along(here: Workspace) -> None:
    study = ended(here, "along")
    (path,) = study_files.write(study)
    assert path == here.study(study.id) / "export" / "along-steps-0-50.png"
    assert tiles(path, 6, 2) == [[v, v] for label in (0, 1) for v in (label, 10 + label, 20 + label)]


def test_the_distribution_is_a_table(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.arange(8, dtype=np.float32).reshape(4, 2) / 3
    asked = answered(monkeypatch, here, "distribution", {"points": points, "group": np.array([0, 0, 1, 2])})
    study = ended(here, "distribution")
    (path,) = study_files.write(study)
    assert path.name == "distribution-no_1.csv"
    lines = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert [line["what"] for line in lines] == ["real", "real", "IDC, synthetic", "DREAM+, synthetic"]
    assert np.array([[float(line["x"]), float(line["y"])] for line in lines]) == pytest.approx(points, rel=1e-5)
    (task,) = asked
    assert (task.run_id, task.params["other"]) == tuple(member.run_id for member in study.members)
    (task.folder / "distribution.safetensors").write_bytes(b"nonsense")
    monkeypatch.setattr(watch, "task", lambda task: (task, False))
    with pytest.raises(Damaged, match="cannot be read back"):
        study_files.write(study)


def test_the_picks_of_every_cell(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest, from one look at the class."""
    images = np.stack([np.full((1, SIDE, SIDE), 5 * number, np.uint8) for number in range(30)])
    asked = answered(monkeypatch, here, "study", {"members": np.arange(30), "images": images})
    paths = study_files.write(ended(here, "sampling"))
    assert len(paths) == 18 and len(asked) == 1
    assert [tiles(path, 1, 2) for path in paths] == [[[5, 5 * number]] for number in range(18)]


def test_a_task_that_fails_says_why(here: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(task: Task) -> tuple[Task, bool]:
        tasks.claim(here)
        tasks.fail(here, task.id, "The class is too small.", "BadConfig")
        return api.task(task.id), False

    monkeypatch.setattr(watch, "task", fail)
    with pytest.raises(RunFailed, match="too small"):
        study_files.write(ended(here, "sampling"))


@pytest.mark.parametrize("name", ["along", "distribution", "sampling", "mmd"])
def test_nothing_finished_leaves_nothing(here: Workspace, name: str) -> None:
    study = api.launch_study(name)
    assert study_files.write(study) == [] and not (here.study(study.id) / "export").exists()
