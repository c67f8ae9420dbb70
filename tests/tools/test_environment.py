"""Set-up on a small project of its own: real environments and a real pip, no network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from venv import EnvBuilder

import pytest

from tools import environment
from tools.environment import SetupFailed, ensure


def make_wheel(folder: Path, name: str) -> None:
    """The smallest package that pip installs."""
    about = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose environment was made once, as the Makefile does it: by the script. Tests copy it."""
    root = tmp_path_factory.mktemp("made") / "project"
    (root / "wheels").mkdir(parents=True)
    for name in ("first", "second"):
        make_wheel(root / "wheels", name)
    (root / "requirements.txt").write_text("--no-index\n--find-links wheels\nfirst>=1   # why\n")
    (root / "requirements-dev.txt").write_text("-r requirements.txt\nsecond\n")
    (root / "tools").mkdir()
    script = shutil.copy(environment.__file__, root / "tools")
    subprocess.run([sys.executable, script], check=True)
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project", symlinks=True))


@pytest.fixture
def quick(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To save time, a new environment is a copy of the one that was really made."""

    def copy(_builder: object, place: Path) -> None:
        shutil.copytree(made / ".venv", place, symlinks=True)  # refuses when anything is left there

    monkeypatch.setattr(EnvBuilder, "create", copy)


def modules(root: Path) -> set[str]:
    """Which of the two packages the project's own Python finds."""
    script = "import importlib.util as u; print(*(n for n in ('first', 'second') if u.find_spec(n)))"
    done = subprocess.run([root / ".venv/bin/python", "-Ic", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_names_are_read_without_versions_options_and_remarks(made: Path) -> None:
    assert environment.names(made, environment.FILES["dev"]) == ["first", "second"]


def test_a_second_time_does_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert modules(project) == {"first"}
    monkeypatch.setattr(environment, "install", lambda *_: pytest.fail("installed again"))
    monkeypatch.setattr(environment, "create", lambda *_: pytest.fail("created again"))
    assert not ensure(project, "run")


def test_dev_adds_to_run_and_then_both_are_done(project: Path) -> None:
    assert ensure(project, "dev")
    assert modules(project) == {"first", "second"}
    assert not ensure(project, "dev")
    assert not ensure(project, "run")


def test_changed_requirements_are_installed_into_the_same_environment(project: Path) -> None:
    (project / ".venv" / "mine").touch()
    with (project / "requirements.txt").open("a") as file:
        file.write("second==1\n")
    assert ensure(project, "run")
    assert modules(project) == {"first", "second"}
    assert (project / ".venv" / "mine").exists()


def test_a_lost_package_is_installed_again(project: Path) -> None:
    subprocess.run([project / ".venv/bin/python", "-m", "pip", "uninstall", "-qy", "first"], check=True)
    assert ensure(project, "run")
    assert modules(project) == {"first"}


@pytest.mark.parametrize("breakage", ["no python", "half made", "a file", "a dangling link"])
def test_a_broken_environment_is_made_anew(project: Path, breakage: str, quick: None) -> None:
    place = project / ".venv"
    if breakage == "no python":
        (place / "bin" / "python").unlink()
        (place / "bin" / "python").symlink_to("/nowhere/python3")
    else:
        shutil.rmtree(place)
    if breakage == "half made":
        (place / "lib").mkdir(parents=True)
    if breakage == "a file":
        place.write_text("")
    if breakage == "a dangling link":
        place.symlink_to("/nowhere/else")
    assert ensure(project, "run")
    assert modules(project) == {"first"}


def test_an_environment_with_an_old_python_does_not_count(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "OLDEST", (sys.version_info[0], sys.version_info[1] + 1))
    assert environment.probe(project / ".venv", []) == (None, [])


def test_what_cannot_be_installed_says_so_and_spoils_nothing(project: Path) -> None:
    good = (project / "requirements.txt").read_text()
    (project / "requirements.txt").write_text(good + "third\n")
    with pytest.raises(SetupFailed, match="pip could not install"):
        ensure(project, "run")
    (project / "requirements.txt").write_text(good)
    assert not ensure(project, "run")
    assert modules(project) == {"first"}


def test_the_key_follows_contents_and_python_only(project: Path) -> None:
    files = environment.FILES["run"]
    before = environment.key(project, files, (3, 11, 7))
    (project / "requirements.txt").touch()
    assert environment.key(project, files, (3, 11, 7)) == before
    assert environment.key(project, files, (3, 12, 0)) != before
    assert environment.key(project, environment.FILES["dev"], (3, 11, 7)) != before


def test_a_killed_installation_starts_afresh(project: Path, quick: None) -> None:
    (project / ".venv" / "installing").touch()
    (project / ".venv" / "debris").touch()
    assert ensure(project, "run")
    assert modules(project) == {"first"}
    assert not (project / ".venv" / "debris").exists()
    assert not ensure(project, "run")


def test_two_at_once_take_turns(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The second finds everything done."""
    with (project / "requirements.txt").open("a") as file:
        file.write("second==1\n")
    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(lambda _: ensure(project, "run"), range(2))) == [False, True]
    assert capfd.readouterr().out.count("Successfully installed") == 1
