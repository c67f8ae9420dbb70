"""The page of datasets, and one of them in full, as a person meets them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from app.parts import own_images
from app.views.datasets import dataset_pictures
from engine import access, api
from engine.data import inspect, installed
from engine.data.catalog import DATASETS
from engine.errors import RunFailed
from engine.runner import lab
from engine.store import database, tasks
from engine.store.tables import TaskRow
from engine.store.workspace import Workspace
from tests.data.samples import as_folder, pictures
from tests.pages.screen import Open, button, buttons, errors, figures, headers, links, said

COUNTS = {"cats": 30, "dogs & <b>": 24}


def mine(root: Path, counts: Mapping[str, int] = COUNTS) -> Path:
    return as_folder(root / "mine", pictures(np.random.default_rng(5), counts))


def work(here: Workspace) -> None:
    """The lab does what waits."""
    while (task := tasks.claim(here)) is not None:
        lab.perform(here, task)


def on_the_way(here: Workspace, name: str, **values: object) -> str:
    """The id of a look inside that has come as far as `values` say."""
    task_id = api.inspect_dataset(name).id
    with database.write(here) as session:
        session.execute(update(TaskRow).where(TaskRow.id == task_id).values(state="running", **values))
    return task_id


def test_every_dataset_has_a_card_with_one_next_thing_to_do(visit: Open) -> None:
    at = visit("datasets")
    assert not at.exception and headers(at) == ["Datasets"]
    titles = [f"**{spec.title}**" for name, spec in DATASETS.items() if name != "folder"]
    assert [link.replace("\\", "") for link in links(at) if link.startswith("**")] == titles
    downloads = [label for label in buttons(at) if label.startswith("Download ")]
    assert downloads == ["Download 12 MB", "Download 31 MB", "Download 246 MB", "Download 170 MB", "Download 169 MB"]
    assert "Look inside" in buttons(at) and links(at).count("Use in a new run") == 1 and "Give its path" in links(at)
    assert "50,000 training and 10,000 test images" in said(at)


def test_a_folder_from_its_path_to_its_pictures(visit: Open, here: Workspace, tmp_path: Path) -> None:
    folder = mine(tmp_path)
    at = visit("datasets")
    at.text_input(key="own-path-0").set_value(str(folder)).run()
    button(at, "Add and look inside").click().run()
    assert not at.exception
    assert [(one.name, one.path) for one in api.own_datasets()] == [("mine", str(folder))]
    assert api.live_tasks()[0].params["data_dir"] == str(folder)
    work(here)
    at = visit("datasets", name="mine")
    assert not at.exception and headers(at) == ["mine"]
    numbers = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert numbers["Classes"][0] == "2" and numbers["Test images"][0] == "11"
    assert numbers["Training images"] == ("43", "19 to 24 per class")
    (figure,) = figures(at).values()
    assert [bar["name"] for bar in figure["data"]] == ["training", "test"]
    assert figure["layout"]["yaxis"]["ticktext"] == ["cats", "dogs &amp; &lt;b&gt;"]
    text = said(at)
    assert str(folder) in text and "none, these are your own images" in text
    assert "dogs &amp; &lt;b&gt;" in text, "names of classes are text, never markup"
    assert not any("<b>" in element.value for element in at.html)
    assert any("'dogs & <b>' has 19" in warning.value.replace("\\", "") for warning in at.warning)
    assert {"All datasets", "Use in a new run"} <= set(links(at))


@pytest.mark.parametrize("path", ["/no/such/place", "notes.txt", "../../etc/passwd"])
def test_what_cannot_be_added_is_told_beside_the_button(path: str, visit: Open, here: Workspace) -> None:
    at = visit("datasets")
    at.text_input(key="own-path-0").set_value(path).run()
    button(at, "Add and look inside").click().run()
    assert not at.exception and len(errors(at)) == 1
    assert api.own_datasets() == [] and api.live_tasks() == []


def test_nothing_to_add_is_told(visit: Open) -> None:
    at = visit("datasets")
    button(at, "Add and look inside").click().run()
    assert not at.exception and errors(at) == ["Give a path, or choose an archive, first."]


def test_removing_is_undone(visit: Open, here: Workspace, tmp_path: Path) -> None:
    folder = mine(tmp_path)
    api.add_dataset("Pets", folder)
    at = visit("datasets", name="Pets")
    button(at, "Remove").click().run()
    assert not at.exception and api.own_datasets() == [] and headers(at) == ["Datasets"]
    assert "Removed **Pets**" in said(at) and (folder / "cats" / "0.png").exists()
    button(at, "Undo").click().run()
    assert not at.exception and [one.path for one in api.own_datasets()] == [str(folder)]
    assert "Removed" not in said(at)


def test_a_removal_that_cannot_be_undone_yet_can_be_tried_again(visit: Open, here: Workspace, tmp_path: Path) -> None:
    folder = mine(tmp_path)
    api.add_dataset("Pets", folder)
    at = button(visit("datasets", name="Pets"), "Remove").click().run()
    folder.rename(tmp_path / "elsewhere")
    at = button(at, "Undo").click().run()
    assert (
        not at.exception
        and len(errors(at)) == 1
        and "does not exist" in errors(at)[0]
        and "Removed **Pets**" in said(at)
    )
    (tmp_path / "elsewhere").rename(folder)
    at = button(at, "Undo").click().run()
    assert not at.exception and not errors(at) and [one.name for one in api.own_datasets()] == ["Pets"]


def test_what_was_added_is_shown_when_the_look_inside_cannot_begin(
    visit: Open, here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the list by then: asking for the same name again would only be refused."""

    def refuse(*_: object) -> None:
        raise RunFailed("The engine cannot be started.")

    at = visit("datasets")
    at.text_input(key="own-path-0").set_value(str(mine(tmp_path))).run()
    with monkeypatch.context() as patch:
        patch.setattr(api, "inspect_dataset", refuse)
        at = button(at, "Add and look inside").click().run()
    assert not at.exception and [one.name for one in api.own_datasets()] == ["mine"]
    assert headers(at) == ["mine"] and errors(at) == ["The engine cannot be started."]
    assert "Look inside" in buttons(at.run())


def test_files_that_have_changed_can_be_looked_at_again(visit: Open, here: Workspace, tmp_path: Path) -> None:
    folder = mine(tmp_path)
    api.add_dataset("Pets", folder)
    api.inspect_dataset("folder", str(folder))
    work(here)
    assert "Look again" not in buttons(visit("datasets", name="Pets"))
    monkey = {"monkeys": 25}
    as_folder(folder, pictures(np.random.default_rng(6), monkey))
    button(visit("datasets", name="Pets"), "Look again").click().run()
    work(here)
    at = visit("datasets", name="Pets")
    assert not at.exception and "Look again" not in buttons(at)
    assert {metric.label: metric.value for metric in at.metric}["Classes"] == "3"


def test_sheets_are_read_as_the_engine_draws_them() -> None:
    """The page may not load the engine's module, which brings PyTorch along."""
    drawn = (inspect.SHOWN, inspect.GAP, inspect.PER_SHEET)
    assert drawn == (dataset_pictures.ACROSS, dataset_pictures.GAP, dataset_pictures.PER_SHEET)


def test_every_kind_of_archive_of_the_engine_can_be_uploaded() -> None:
    assert {f".{ending}" for ending in own_images.ENDINGS} == set(api.ARCHIVES)
    assert {own_images.suggested(f"birds{suffix}") for suffix in api.ARCHIVES} == {"birds"}


def test_a_download_on_its_way(visit: Open, here: Workspace) -> None:
    task_id = on_the_way(here, "cifar10", phase="downloading cifar10, MB", done=40, total=170)
    at = visit("datasets")
    bars = at.get("progress")
    assert not at.exception and len(bars) == 1
    assert bars[0].proto.value == 23 and "40 / 170 MB" in bars[0].proto.text
    assert "Download 170 MB" not in buttons(at) and "Download 169 MB" in buttons(at)
    button(at, "Stop").click().run()
    assert api.task(task_id).state == "stopping"
    tasks.stopped(here, task_id)
    at = visit("datasets", name="cifar10")
    assert "Stopped before it was done" in said(at) and "Download 170 MB" in buttons(at)


def test_a_download_that_failed_says_why(visit: Open, here: Workspace) -> None:
    task_id = on_the_way(here, "mnist")
    tasks.fail(here, task_id, "Dataset 'mnist' could not be downloaded (no route).", "BadData")
    at = visit("datasets")
    assert errors(at) == ["Dataset 'mnist' could not be downloaded (no route)."] and "Try again" in buttons(at)


def test_downloaded_files_go_once_that_was_said_twice(visit: Open, here: Workspace) -> None:
    for file in installed.FILES["svhn"]:
        (here.data / "svhn").mkdir(parents=True, exist_ok=True)
        (here.data / "svhn" / file).write_bytes(bytes(3 * 10**6))
    at = visit("datasets", name="svhn")
    assert "6 MB" in said(at) and "yes, for " in said(at)
    button(at, "Delete the files").click().run()
    assert not at.exception and not (here.data / "svhn").exists()
    assert "not on this machine" in said(at) and at.toast[0].value


def test_a_refused_removal_is_told(visit: Open, here: Workspace, tmp_path: Path) -> None:
    api.add_dataset("Pets", mine(tmp_path))
    at = visit("datasets", name="Pets")
    api.inspect_dataset("folder", str(tmp_path / "mine"))
    button(at, "Remove").click().run()
    assert not at.exception and any("being read" in error for error in errors(at)) and len(api.own_datasets()) == 1


@pytest.mark.parametrize("name", ["no such", "../../etc", "<b>x</b>", "x" * 500])
def test_a_dataset_that_is_not_there(name: str, visit: Open) -> None:
    at = visit("datasets", name=name)
    assert not at.exception and headers(at)[0].startswith("There is no dataset") and "All datasets" in links(at)


def test_pictures_that_are_gone_are_told(visit: Open, here: Workspace) -> None:
    task = api.inspect_dataset("digits")
    work(here)
    (task.folder / "samples.png").unlink()
    assert "pictures are gone" in said(visit("datasets"))
    at = visit("datasets", name="digits")
    assert not at.exception and "pictures are gone" in said(at)


def test_read_only_shows_and_changes_nothing(
    visit: Open, here: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.add_dataset("Pets", mine(tmp_path))
    api.inspect_dataset("folder", str(tmp_path / "mine"))
    work(here)
    monkeypatch.setenv(access.VARIABLE, "1")
    for at in (visit("datasets"), visit("datasets", name="Pets")):
        assert not at.exception and not errors(at)
        assert not set(buttons(at)) & {"Look inside", "Remove", "Add and look inside", "Look again"}
        assert not [label for label in buttons(at) if label.startswith("Download")]
        assert "Use in a new run" not in links(at)


def test_a_damaged_list_of_own_datasets_is_told(visit: Open, here: Workspace) -> None:
    here.datasets.mkdir()
    (here.datasets / "own.json").write_text("{")
    at = visit("datasets")
    assert not at.exception and "own.json" in errors(at)[0]


def test_a_dataset_that_needs_a_path_keeps_the_one_that_was_looked_at(
    visit: Open, here: Workspace, tmp_path: Path
) -> None:
    at = visit("datasets", name="tinyimagenet")
    assert not at.exception and "Use in a new run" not in links(at)
    at.text_input(key="dataset-own-path").set_value(str(tmp_path / "none")).run()
    button(at, "Look inside").click().run()
    assert not at.exception and "nothing at" in errors(at)[0] and api.inspections() == []
    folder = mine(tmp_path)
    at.text_input(key="dataset-own-path").set_value(str(folder)).run()
    button(at, "Look inside").click().run()
    (task,) = api.inspections()
    assert (task.params["dataset"], task.params["data_dir"]) == ("tinyimagenet", str(folder))
    work(here)
    at = visit("datasets", name="tinyimagenet")
    assert not at.exception and "Use in a new run" in links(at)
    assert {metric.label: metric.value for metric in at.metric}["Size"] == "64×64 px"
    assert str(folder) in said(at) and "data_dir=" in said(at)
