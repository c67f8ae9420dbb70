"""What works on this machine and what does not, each with its remedy: `python -m engine doctor`.

Meant for machines where things are broken, so nothing beyond the standard library is imported before it was looked for, and
torch is tried in a process of its own, which may die.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from engine.data.catalog import DATASETS
from engine.errors import DistilleryError
from engine.store.workspace import DATABASE_URL, HOME, Workspace

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
ENOUGH_BYTES = 2 * 10**9  # a run keeps some hundred MB; a downloaded dataset up to 1 GB while it is unpacked
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
PROBE_SECONDS = 120  # the first import of torch on a slow disk
INSTALL = "Run 'make setup'; it installs requirements.txt into .venv."

_PROBE = """
import json, torch
found = {"torch": torch.__version__, "cuda": torch.version.cuda or "", "fit": "", "devices": []}
try:
    from torchvision.ops import nms
    nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
except Exception as error:
    found["fit"] = f"{type(error).__name__}: {error}"
for number in range(torch.cuda.device_count()):
    about = torch.cuda.get_device_properties(number)
    fault = ""
    try:
        torch.ones(1, device=f"cuda:{number}").add(1).item()
    except Exception as error:
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
    found["devices"].append([about.name, about.total_memory, fault])
print(json.dumps(found))
"""


class Check(NamedTuple):
    """One thing looked at. `detail`: what was found. `remedy`: what to do, empty when there is nothing to do."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def checks() -> list[Check]:
    """Everything worth knowing before a first run. Takes some seconds: torch is started once. Changes nothing on disk."""
    workspace = Workspace.current()
    return [
        python(),
        *packages(),
        *torch_and_devices(),
        disk(workspace),
        writable(workspace),
        database(workspace),
        supervisor(workspace),
        datasets(workspace),
        chromium(),
    ]


def python() -> Check:
    """This interpreter."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check(
            "python",
            False,
            found,
            "Distillery needs Python 3.11 or newer: delete .venv, then 'make setup PYTHON=/path/to/python3.11'.",
        )
    return Check("python", True, found)


def packages(requirements: Path = ROOT / "requirements.txt") -> Iterator[Check]:
    """One check per line of requirements.txt."""
    try:
        lines = requirements.read_text(encoding="utf-8").splitlines()
    except OSError:
        yield Check(
            "packages",
            False,
            "requirements.txt is missing",
            "Restore it from the repository: git checkout requirements.txt",
        )
        return
    for line in lines:
        wanted = line.split("#")[0].strip()
        if name := re.match(r"[A-Za-z0-9][\w.-]*", wanted):
            yield _package(name[0], wanted[name.end() :].strip())


def _package(name: str, bounds: str) -> Check:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, False, "not installed", INSTALL)
    if not satisfies(found, bounds):
        return Check(name, False, f"{found}, but {bounds} is needed", INSTALL)
    return Check(name, True, found)


def satisfies(found: str, bounds: str) -> bool:
    """Whether version `found` keeps to bounds like ">=1.67,<2", compared by their leading numbers."""
    for bound in filter(None, bounds.replace(" ", "").split(",")):
        sign, limit = re.match(r"([<>=!~]*)(.*)", bound).groups()  # type: ignore[union-attr]  # matches any text
        have, need = _numbers(found), _numbers(limit)
        holds = {">=": have >= need, "<": have < need, "==": have == need, ">": have > need, "<=": have <= need}
        if not holds.get(sign, True):
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    """ "2.15.0+cu130" -> (2, 15): trailing zeros dropped, so that 2 and 2.0 are equal."""
    leading = re.match(r"\d+(\.\d+)*", text)
    parts = [int(part) for part in leading[0].split(".")] if leading else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def torch_and_devices() -> list[Check]:
    """Whether torch starts, torchvision fits it, and each GPU computes."""
    found = _probe()
    if isinstance(found, str):
        return [Check("torch starts", False, found, "Delete .venv, then 'make setup'.")]
    fit = found["fit"]
    remedy = "torch and torchvision come from different releases: delete .venv, then 'make setup'." if fit else ""
    answer = [Check("torch and torchvision", not fit, fit or "fit each other", remedy)]
    for number, (name, memory, fault) in enumerate(found["devices"]):
        detail = f"{name}, {memory / 2**30:.1f} GiB" + (f": {fault}" if fault else "")
        remedy = (
            "This torch cannot use this GPU: install a torch built for it (pytorch.org), or use device=cpu."
            if fault
            else ""
        )
        answer.append(Check(f"cuda:{number}", not fault, detail, remedy))
    return answer if found["devices"] else [*answer, _no_gpu(found["cuda"])]


def _probe() -> dict[str, Any] | str:
    """What torch says of itself, or why it could not."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    except subprocess.TimeoutExpired:
        return f"no answer within {PROBE_SECONDS} seconds"
    except (OSError, ValueError):
        return (done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"])[-1]


def _no_gpu(cuda: str) -> Check:
    """A machine without a GPU is fine; one whose GPU torch cannot see is not."""
    if not Path("/dev/nvidiactl").exists() and shutil.which("nvidia-smi") is None:
        return Check("gpu", True, "none: runs use the CPU")
    if not cuda:
        return Check(
            "gpu",
            False,
            "there is one, but this torch was built without CUDA",
            "Install a torch with CUDA (pytorch.org) into .venv.",
        )
    return Check(
        "gpu",
        False,
        f"there is one, but torch (CUDA {cuda}) finds none",
        "Update the NVIDIA driver, or check CUDA_VISIBLE_DEVICES.",
    )


def disk(workspace: Workspace) -> Check:
    """Free space where runs are kept."""
    free = shutil.disk_usage(_nearest(workspace.root)).free
    detail = f"{free / 1e9:.1f} GB free"
    if free < ENOUGH_BYTES:
        return Check("disk", False, detail, f"Free some space, or set {HOME} to a folder on another disk.")
    return Check("disk", True, detail)


def writable(workspace: Workspace) -> Check:
    """Whether runs can be kept at all: a nameless file is made there, or where the workspace would be made."""
    place = _nearest(workspace.root)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Check(
            "workspace",
            False,
            f"'{workspace.root}' cannot be written ({error.strerror})",
            f"Set {HOME} to a folder you may write in.",
        )
    return Check(
        "workspace", True, str(workspace.root) + ("" if place == workspace.root else " (the first run makes it)")
    )


def _nearest(path: Path) -> Path:
    """`path`, or its nearest parent that is there."""
    return next(place for place in (path, *path.parents) if place.exists())


def database(workspace: Workspace) -> Check:
    """Whether the store answers; a SQLite file that is not there yet is no fault."""
    if not os.environ.get(DATABASE_URL) and not workspace.database_file.exists():
        return Check("database", True, "SQLite (the first run makes it)")
    try:
        from sqlalchemy import text

        from engine.store.database import read

        with read(workspace) as session:
            session.execute(text("SELECT 1"))
            return Check("database", True, f"{session.get_bind().dialect.name}, answers")
    except ImportError as error:
        return Check("database", False, f"{error}", INSTALL)
    except DistilleryError as error:
        return Check("database", False, "does not answer", str(error))
    except OSError as error:
        return Check("database", False, str(error), f"Set {HOME} to a folder you may write in.")


def supervisor(workspace: Workspace) -> Check:
    """Whether the process that starts runs is there; it comes by itself with the first launch."""
    try:
        from engine import api

        alive = workspace.root.exists() and api.supervisor_alive()
    except ImportError as error:
        return Check("supervisor", False, f"{error}", INSTALL)
    except (DistilleryError, OSError) as error:
        return Check("supervisor", False, "cannot be asked", str(error))
    return Check("supervisor", True, "alive" if alive else "not running (the next launch starts it)")


def datasets(workspace: Workspace) -> Check:
    """Which datasets need no download any more."""
    there = [name for name in DATASETS if name == "digits" or _holds_files(workspace.root / "data" / name)]
    given = [name for name, spec in DATASETS.items() if spec.needs_path]
    rest = [name for name in DATASETS if name not in there and name not in given]
    parts = (("here", there), ("downloaded when first used", rest), ("need data_dir", given))
    return Check("datasets", True, "; ".join(f"{words}: {', '.join(names)}" for words, names in parts if names))


def _holds_files(folder: Path) -> bool:
    """Whether anything was downloaded to the end."""
    return folder.is_dir() and any(path.suffix not in (".part", ".lock") for path in folder.iterdir())


def find_chromium() -> str:
    """Path of a Chromium: the environment's CHROMIUM, else the first of its usual names on the PATH; "" when none."""
    asked = os.environ.get("CHROMIUM", "")
    return next(filter(None, (shutil.which(name) for name in (asked, *CHROMIUM_NAMES) if name)), "")


def chromium() -> Check:
    """Only the project's own browser tests need it, so its absence is no fault."""
    found = find_chromium()
    return Check("chromium", True, found or "not found (only the project's browser tests need it)")
