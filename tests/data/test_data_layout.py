"""From paths to classes, labels and sets."""

from __future__ import annotations

import pytest

from engine.data.layout import arrange
from engine.errors import BadData

TINY = {"top/val/val_annotations.txt": "val_0.JPEG\tn2\t0\t1\t2\t3\nval_1.JPEG\tn1\t0\t1\t2\t3\n"}


def sets(paths: list[str], notes: dict[str, str] | None = None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The training and the test set as (class, path)."""
    found = arrange(paths, notes or {}, "Folder 'x'")
    rows = [(found.classes[label], paths[i]) for label, i in zip(found.labels, found.order, strict=True)]
    return (rows[: found.train], rows[found.train :]) if found.train else (rows, [])


@pytest.mark.parametrize("top", ["", "top/", "top/below/"])
@pytest.mark.parametrize("test", ["test", "val", "Test", "validation"])
def test_train_and_test_folders(top: str, test: str) -> None:
    paths = [f"{top}{test}/dog/1.png", f"{top}train/dog/2.png", f"{top}train/cat/10.png", f"{top}train/cat/1.png"]
    train, tests = sets(paths)
    assert train == [("cat", paths[3]), ("cat", paths[2]), ("dog", paths[1])]
    assert tests == [("dog", paths[0])]


@pytest.mark.parametrize("top", ["", "top/", "train/", "test/"])
def test_plain_class_folders_have_no_test_set(top: str) -> None:
    train, tests = sets([f"{top}b/1.png", f"{top}a/1.png"])
    assert train == [("a", f"{top}a/1.png"), ("b", f"{top}b/1.png")]
    assert not tests


def test_a_class_may_be_called_train() -> None:
    assert [label for label, _ in sets(["train/1.png", "bus/1.png"])[0]] == ["bus", "train"]
    assert sets(["train/train/1.png", "train/bus/1.png", "test/train/2.png"])[1] == [("train", "test/train/2.png")]


def test_numbers_sort_by_size() -> None:
    found = arrange([f"{name}/a.png" for name in ("10", "9", "2", "x10", "x9", "01", "1")], {}, "Folder 'x'")
    assert found.classes == ("01", "1", "2", "9", "10", "x9", "x10")


def test_test_wins_over_val_and_a_class_may_lack_test_images() -> None:
    train, tests = sets(["train/a/1.png", "train/b/1.png", "val/a/2.png", "test/b/3.png"])
    assert len(train) == 2
    assert tests == [("b", "test/b/3.png")]


def test_tinyimagenets_own_layout() -> None:
    paths = ["top/train/n1/images/n1_0.JPEG", "top/train/n2/images/n2_0.JPEG"]
    paths += ["top/val/images/val_0.JPEG", "top/val/images/val_1.JPEG", "top/test/images/test_0.JPEG"]
    train, tests = sets(paths, TINY)
    assert train == [("n1", paths[0]), ("n2", paths[1])]
    assert tests == [("n1", paths[3]), ("n2", paths[2])]


def test_tinyimagenet_with_sorted_validation_images() -> None:
    paths = ["train/n1/images/a.JPEG", "train/n2/images/b.JPEG", "val/n1/images/c.JPEG", "test/images/test_0.JPEG"]
    assert sets(paths)[1] == [("n1", paths[2])]


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ([], "holds no images"),
        (["a.png", "b.png"], "lies in no class folder"),
        (["cat/1.png", "dog/1.png", "logo.png"], "'logo.png' in folder 'x' lies in no class folder"),
        (["cat/1.png", "dog/more/1.png"], "lies too deep"),
        (["train/cat/1.png", "train/dog/1.png", "extra/dog/1.png"], "beside the train folder"),
        (["cat/1.png", "cat/2.png"], "one class only ('cat')"),
        (["top/train/cat/1.png", "top/test/cat/2.png"], "one class only"),
        (["train/cat/1.png", "train/dog/1.png", "test/cow/1.png"], "tests class 'cow'"),
        (["cat/1.png", "dog/1.png", "dog/1.png"], "twice"),
        (["cat/1.png", f"{'d' * 101}/1.png"], "cannot be a class name"),
        (["cat/1.png", "d\u202eog/1.png"], "cannot be a class name"),
    ],
)
def test_other_layouts_are_refused(paths: list[str], words: str) -> None:
    with pytest.raises(BadData) as caught:
        arrange(paths, {}, "Folder 'x'")
    assert words in str(caught.value)


def test_annotations_that_lack_an_image_are_refused() -> None:
    paths = ["top/train/n1/images/a.JPEG", "top/train/n2/images/b.JPEG", "top/val/images/val_7.JPEG"]
    with pytest.raises(BadData, match=r"does not name the class of 'val_7\.JPEG'"):
        arrange(paths, TINY, "Folder 'x'")
