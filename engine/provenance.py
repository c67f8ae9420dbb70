"""What a run was made with: `runs/<id>/provenance.json`. Torch-free; nothing here ever fails a run.

{version, commit, dirty, python, torch, device, cores, platform, started}. `commit`: of the project's own checkout, "" where it is
none; `dirty`: whether anything below engine/ differed from it. `device`: the processor's or the GPU's name. `started`: seconds
since the epoch. The file tells of the latest life; `commits` lists those of all lives, in order, once they differ.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from engine.errors import DistilleryError
from engine.store import artifacts

ROOT = Path(__file__).parents[1]
CODE = "engine"  # below ROOT: what decides a result
GIT_SECONDS = 5.0


def record(path: Path, gpu: str = "") -> None:
    """Writes the file at the beginning of a life; `gpu` is the GPU's name, "" on the CPU. Where that cannot be, there is none."""
    try:
        before = read(path)
        now = facts(gpu)
        commits = list(dict.fromkeys([*before.get("commits", [before.get("commit", now["commit"])]), now["commit"]]))
        artifacts.write_json(path, now | ({"commits": commits} if len(commits) > 1 else {}))
    except (DistilleryError, OSError, ValueError, TypeError):
        return


def read(path: Path) -> dict[str, Any]:
    """What the file says; empty where there is none, as for runs from before it was written, or where it is damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def facts(gpu: str = "") -> dict[str, Any]:
    """Of this process and machine, now."""
    commit = checkout(ROOT)
    return {
        "version": version(),
        "commit": commit,
        "dirty": bool(commit and _git(ROOT, "status", "--porcelain", "--", CODE)),
        "python": platform.python_version(),
        "torch": installed("torch"),
        "device": gpu or processor(),
        "cores": os.cpu_count(),
        "platform": f"{platform.system()} {platform.machine()}",
        "started": round(time.time(), 3),
    }


def commits(found: Mapping[str, Any]) -> tuple[str, ...]:
    """The commits of all lives, in order, each once."""
    return tuple(commit for commit in found.get("commits", [found.get("commit", "")]) if commit)


def checkout(root: Path) -> str:
    """The commit of the checkout whose root this folder is; "" where it is none, even inside that of another project."""
    top = _git(root, "rev-parse", "--show-toplevel")
    return _git(root, "rev-parse", "HEAD") if top and Path(top).resolve() == root.resolve() else ""


def processor() -> str:
    """The processor's name as Linux tells it, else whatever the system says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _git(root: Path, *words: str) -> str:
    """What git prints; "" where it cannot or will not. Where git itself runs us (a hook), its variables name another checkout."""
    git = shutil.which("git")
    if git is None:
        return ""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [git, "-C", str(root), *words],
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def version() -> str:
    """Distillery's own; "" when its project file cannot be read."""
    try:
        return str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
    except (OSError, ValueError, KeyError):
        return ""


def installed(package: str) -> str:
    """Version of a package; "" when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
