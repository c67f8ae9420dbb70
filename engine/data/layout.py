"""From the paths of image files to classes, labels and a training and a test set. Looks at names only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import BadData

SHAPES = "train/<class>/<image> with test/<class>/<image>, or <class>/<image>"
SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test", "val": "val", "validation": "val"}
NOTES = "val_annotations.txt"  # TinyImageNet names the classes of its test images in there
INNER = "images"  # TinyImageNet keeps the images of a class one folder deeper, under this name
MAX_NAME = 100
MAX_CLASSES = 20_000


@dataclass(frozen=True)
class Layout:
    """Which images are used and as what. `order` int64 [M]: positions in the list of paths, the training set first and each
    set class by class; `labels` int64 [M] in that order; `train` 0 = no test set was found."""

    classes: tuple[str, ...]
    order: NDArray[np.int64]
    labels: NDArray[np.int64]
    train: int


class Place(NamedTuple):
    """Where one image belongs. `split` is train, test, val or empty (no such folders)."""

    split: str
    label: str
    file: str


def arrange(paths: Sequence[str], notes: Mapping[str, str], source: str) -> Layout:
    """`paths` of images, relative, with '/'; `notes`: text of the annotation files by path; `source`: words for messages.

    Raises BadData when the images lie in no layout that is known, in one class only, or in a test class without training.
    """
    if len(set(paths)) < len(paths):
        raise BadData(f"{source} holds the same image path twice; make it again with each file once.")
    places = places_of(paths, source)
    sets: dict[str, list[tuple[str, str, int]]] = {"train": [], "test": [], "val": []}
    for position, place in enumerate(places):
        sets[place.split or "train"].append((place.label, paths[position], position))
    train = sets["train"]
    if not train:
        raise BadData(f"{source} has no training images; lay them out as {SHAPES}.")
    names = {label for label, _, _ in train}
    test = _labelled(sets["test"], names, {}, source) or _labelled(sets["val"], names, _answers(notes), source)
    classes = _classes(names, source)
    if strangers := sorted({label for label, _, _ in test} - names):
        raise BadData(f"{source} tests class '{strangers[0]}', which has no training images; add some or remove it.")
    number = {name: i for i, name in enumerate(classes)}
    rows = sorted((number[label], path, position) for label, path, position in train)
    rows += sorted((number[label], path, position) for label, path, position in test)
    table = np.array([(label, position) for label, _, position in rows], dtype=np.int64)
    return Layout(classes, table[:, 1].copy(), table[:, 0].copy(), len(train) if test else 0)


def places_of(paths: Sequence[str], source: str) -> list[Place]:
    """The place of every image. Raises BadData naming the first that fits no layout."""
    if not paths:
        raise BadData(f"{source} holds no images; lay them out as {SHAPES}.")
    parts = [path.split("/") for path in paths]
    skip = _shared(parts)
    # A class may be called "train" too: then its images lie one folder higher.
    divided = any(SPLITS.get(p[skip].lower()) == "train" and len(p) - skip > 2 for p in parts)
    return [_place(path, p[skip:], divided, source) for path, p in zip(paths, parts, strict=True)]


def _shared(parts: list[list[str]]) -> int:
    """How many folders on top are shared by all images and mean nothing."""
    depth, skip = min(len(p) for p in parts), 0
    while depth - skip > 2 and len({p[skip] for p in parts}) == 1 and SPLITS.get(parts[0][skip].lower()) != "train":
        skip += 1
    return skip


def _place(path: str, parts: list[str], divided: bool, source: str) -> Place:
    split = SPLITS.get(parts[0].lower(), "") if divided else ""
    if divided and not split:
        raise BadData(f"'{path}' lies beside the train folder of {_inside(source)}; lay the images out as {SHAPES}.")
    below = parts[1:] if split else parts
    if len(below) == 3 and below[1] == INNER:
        below = [below[0], below[2]]
    if len(below) != 2:
        fault = "lies in no class folder" if len(below) < 2 else "lies too deep"
        raise BadData(f"'{path}' in {_inside(source)} {fault}; lay the images out as {SHAPES}.")
    return Place(split, below[0], below[1])


def _inside(source: str) -> str:
    return source[0].lower() + source[1:]


def _labelled(
    rows: list[tuple[str, str, int]], names: set[str], answers: Mapping[str, str], source: str
) -> list[tuple[str, str, int]]:
    """The test images with their classes. Images in one folder 'images' are told apart by `answers`; without any they
    are a contest's test set, whose classes nobody knows, and are left out."""
    if {label for label, _, _ in rows} != {INNER} or INNER in names:
        return rows
    if not answers:
        return []
    try:
        return [(answers[path.rpartition("/")[2]], path, position) for _, path, position in rows]
    except KeyError as missing:
        raise BadData(
            f"{NOTES} in {_inside(source)} does not name the class of {missing}; fetch the dataset again."
        ) from None


def _answers(notes: Mapping[str, str]) -> dict[str, str]:
    """Image file name -> class, from lines 'file<TAB>class<TAB>...'."""
    lines = (line.split("\t") for text in notes.values() for line in text.splitlines())
    return {fields[0]: fields[1] for fields in lines if len(fields) > 1}


def natural(name: str) -> tuple[list[int | str], str]:
    """Sort key with numbers in the order of their size: 2 before 10."""
    pieces = re.split(r"([0-9]+)", name)
    return [int(piece) if i % 2 else piece for i, piece in enumerate(pieces)], name


def _classes(names: set[str], source: str) -> tuple[str, ...]:
    if bad := sorted(name for name in names if len(name) > MAX_NAME or not name.isprintable()):
        raise BadData(
            f"Class folder {bad[0][:MAX_NAME]!a} in {_inside(source)} cannot be a class name; rename it to at most {MAX_NAME} printable "
            "characters."
        )
    if len(names) == 1:
        raise BadData(f"{source} holds one class only ('{min(names)}'); give two or more class folders: {SHAPES}.")
    if len(names) > MAX_CLASSES:
        raise BadData(f"{source} holds {len(names):,} classes; at most {MAX_CLASSES:,} can be told apart here.")
    return tuple(sorted(names, key=natural))
