"""Makes `.venv` and installs what the requirements files ask for; does nothing when nothing changed.

Run by the Makefile with any Python >= 3.11: `python3 tools/environment.py [--dev]`. Standard library only.

Three files inside `.venv` say how things stand. `installed-run` and `installed-dev` hold the key of the requirements that are
in place. `installing` is there while pip works: found at the next start, pip was killed half-way, and `.venv` is made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = {"run": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}
OLDEST = (3, 11)

# Run inside the environment: its Python's version, and which of the named packages it lacks.
PROBE = """
import json, sys
import pip
from importlib.metadata import PackageNotFoundError, distribution
missing = []
for name in sys.argv[1:]:
    try:
        distribution(name)
    except PackageNotFoundError:
        missing.append(name)
print(json.dumps({"version": sys.version_info[:3], "missing": missing}))
"""


class SetupFailed(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def ensure(root: Path, kind: str) -> bool:
    """Bring `root/.venv` in line with the requirements of `kind` ("run" or "dev"). True when something was installed.

    Raises SetupFailed when the environment cannot be made or pip fails.
    """
    place = root / ".venv"
    with _alone(root):
        version, missing = probe(place, names(root, FILES[kind]))
        if version is None or (place / "installing").exists():
            version = create(place)
        elif not missing and _stamp(place, kind) == key(root, FILES[kind], version):
            return False
        install(root, place, FILES[kind])
        for done, files in FILES.items():
            if set(files) <= set(FILES[kind]):
                (place / f"installed-{done}").write_text(key(root, files, version), encoding="utf-8")
        (place / "installing").unlink()
    return True


def key(root: Path, files: Sequence[str], version: Sequence[int]) -> str:
    """Hex SHA-256 of the requirements files' bytes and the environment's Python version."""
    digest = hashlib.sha256(repr(tuple(version)).encode())
    for name in files:
        content = (root / name).read_bytes()
        digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def names(root: Path, files: Sequence[str]) -> list[str]:
    """The packages that the files ask for, without versions."""
    lines = [line for name in files for line in (root / name).read_text(encoding="utf-8").splitlines()]
    return [found[0] for line in lines if (found := re.match(r"[A-Za-z0-9][\w.-]*", line))]


def probe(place: Path, packages: Sequence[str]) -> tuple[Sequence[int] | None, list[str]]:
    """The environment's Python version, None when it does not work or is too old, and which packages it lacks."""
    python = place / "bin" / "python"
    try:
        done = subprocess.run([python, "-Ic", PROBE, *packages], capture_output=True, check=True, text=True, timeout=60)
        answer = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None, []
    version = tuple(answer["version"])
    return (version if version >= OLDEST else None), answer["missing"]


def create(place: Path) -> Sequence[int]:
    """A fresh environment at `place`, whatever was there before. Gives its Python version. Raises SetupFailed."""
    print(f"Creating {place} with Python {sys.version.split()[0]}", flush=True)
    try:
        if place.is_symlink() or place.is_file():
            place.unlink()
        shutil.rmtree(place, ignore_errors=True)
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(place)
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupFailed(
            f"{place} cannot be made ({error}); free some disk space or delete it by hand, then try again."
        ) from None
    version, _ = probe(place, [])
    if version is None:
        raise SetupFailed(
            f"{place} was made but its Python does not start; try another one: make PYTHON=/path/to/python3"
        )
    return version


def install(root: Path, place: Path, files: Sequence[str]) -> None:
    """pip install the requirements; leaves the mark `installing`, which tells of a kill half-way. Raises SetupFailed."""
    print(f"Installing {' and '.join(files)}: once, and again only when they change", flush=True)
    mark = place / "installing"
    mark.touch()
    wanted = [part for name in files for part in ("-r", name)]
    command = [
        str(place / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--prefer-binary",
        *wanted,
    ]
    code = subprocess.run(command, cwd=root, env=os.environ | {"PIP_USER": "0"}, check=False).returncode
    if code > 0:  # pip gave up by itself and has put back what it had touched; a negative code is a kill
        mark.unlink()
    if code:
        raise SetupFailed(
            "pip could not install the requirements (its words are above). It needs a network and about 6 GB of disk; then try again."
        )


def _stamp(place: Path, kind: str) -> str:
    try:
        return (place / f"installed-{kind}").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Two `make`s at once take turns. Where the file system knows no locks, they do not."""
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make is setting up; waiting for it", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass
        yield
    finally:
        os.close(handle)


def main(arguments: Sequence[str]) -> int:
    try:
        ensure(ROOT, "dev" if "--dev" in arguments else "run")
    except SetupFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up was interrupted; the next make starts it afresh.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
