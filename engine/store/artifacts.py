"""Files of a run. A file appears under its final name only when whole; names carry the step, so that sorting them sorts time."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from engine.errors import Damaged, NoSpace, NotFound
from engine.store.montage import montage
from engine.store.workspace import RunFolder

Images = NDArray[np.float32]
Positions = NDArray[np.int64]
IMAGES = "images"
STALE_SECONDS = 86_400.0  # a half-written file this old belongs to nobody any more
LOG_CHUNK = 256 * 1024  # bytes handed out at a time: a page never has to swallow a huge log at once


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, moved there at the end unless something went wrong. Raises NoSpace."""
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(exist_ok=True)  # no more than that: a folder that was deleted shall not come back
        yield part
        _sync(part)
        part.replace(path)
    except OSError as error:
        raise _told(error, path) from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Like `whole`, for a folder, which takes the place of an older one. Raises NoSpace."""
    part, old = (path.with_name(f".{path.name}.{uuid4().hex[:8]}.{kind}") for kind in ("part", "old"))
    try:
        path.parent.mkdir(exist_ok=True)
        part.mkdir()
        yield part
        if path.exists():
            path.replace(old)
        part.replace(path)
    except OSError as error:
        raise _told(error, path) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Removes what killed processes have left half-written there."""
    for part in folder.glob("*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()


def write_json(path: Path, value: Any) -> None:
    """Raises NoSpace."""
    with whole(path) as part:
        part.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Raises NotFound, Damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"'{path.name}' of this run is not written yet; wait for the run to begin.") from None
    except (ValueError, OSError) as error:
        raise Damaged(f"'{path}' cannot be read back ({error}); start the run anew.") from None


def stem(step: int) -> str:
    """A file name without its ending for what belongs to one step."""
    return f"{step:07d}"


def steps(folder: Path) -> list[int]:
    """Steps that `folder` holds a .safetensors file of, ascending."""
    return sorted(int(path.stem) for path in folder.glob("*.safetensors") if path.stem.isdigit())


def write_snapshot(run: RunFolder, step: int, images: Images, classes: int) -> None:
    """Keeps `images` [K*ipc, C, H, W], class-major, exactly and as a picture with one class per row. Raises NoSpace."""
    with whole(run.snapshots / f"{stem(step)}.png") as part:
        montage(images, classes).save(part, format="PNG")
    with whole(run.snapshots / f"{stem(step)}.safetensors") as part:
        safetensors.numpy.save_file({IMAGES: np.ascontiguousarray(images, np.float32)}, part, {"step": str(step)})


def read_snapshot(run: RunFolder, step: int) -> Images:
    """The images after `step` inner loops, float32 [K*ipc, C, H, W]. Raises NotFound, Damaged."""
    path = run.snapshots / f"{stem(step)}.safetensors"
    if not path.is_file():
        have = steps(run.snapshots)
        hint = f"there are {len(have)}, from step {have[0]} to {have[-1]}" if have else "there is none yet"
        raise NotFound(f"Run '{run.root.name}' has no snapshot at step {step}; {hint}.")
    try:
        return np.asarray(safetensors.numpy.load_file(path)[IMAGES], np.float32)
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise Damaged(f"Snapshot '{path}' cannot be read back ({error}); choose another step.") from None


def write_picks(run: RunFolder, step: int, picks: Mapping[int, Positions]) -> None:
    """Keeps, per class, positions in the training set. Raises NoSpace."""
    with whole(run.picks / f"{stem(step)}.safetensors") as part:
        named = {str(label): np.ascontiguousarray(one, np.int64) for label, one in picks.items()}
        safetensors.numpy.save_file(named, part, {"step": str(step)})


def read_picks(run: RunFolder, step: int, label: int) -> Positions:
    """Positions in the training set of the class's real batch from `step` on: int64 [n]. Raises NotFound, Damaged."""
    path = run.picks / f"{stem(step)}.safetensors"
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            if str(label) not in file.keys():  # noqa: SIM118 - not a dict
                raise NotFound(f"Run '{run.root.name}' has no class {label}; its classes count from 0.")
            return np.asarray(file.get_tensor(str(label)), np.int64)
    except FileNotFoundError:
        raise NotFound(f"Run '{run.root.name}' has kept no picks of step {step}; 'picks' gives those it has.") from None
    except (SafetensorError, ValueError, OSError) as error:
        raise Damaged(f"Picks '{path}' cannot be read back ({error}); choose another step.") from None


def log(run: RunFolder, line: str) -> None:
    """Adds one dated line to the run's log. Raises NoSpace."""
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    try:
        with run.log.open("a", encoding="utf-8") as file:
            file.write(f"{stamp}  {line}\n")
    except OSError as error:
        raise _told(error, run.log) from error


def read_log(run: RunFolder, after: int) -> tuple[str, int]:
    """Text past the byte offset `after`, whole characters only, and the new offset."""
    try:
        with run.log.open("rb") as file:
            file.seek(max(after, 0))
            data = file.read(LOG_CHUNK)
    except FileNotFoundError:
        return "", 0
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(data)
    return text, after + len(data) - len(decoder.getstate()[0])


def _sync(path: Path) -> None:
    """On the disk before the name changes: after a power cut the file is the old one or the new one, never an empty one."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _told(error: OSError, path: Path) -> Exception:
    """A full disk as NoSpace; anything else stays what it is."""
    full = error.errno in (28, 122)  # ENOSPC, EDQUOT
    return (
        NoSpace(f"No space left on the disk of '{path.parent}'; free some space, then resume the run.")
        if full
        else error
    )
