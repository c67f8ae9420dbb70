"""The doctor: right about healthy machines, useful on broken ones, and it changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import doctor
from engine.doctor import Check
from engine.store.workspace import Workspace


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    return Workspace.current()


def named(found: list[Check], name: str) -> Check:
    (check,) = [check for check in found if check.name == name]
    return check


def test_a_machine_that_runs_the_tests_is_healthy(home: Workspace) -> None:
    found = doctor.checks()
    assert not [check for check in found if not check.ok and not check.name.startswith("cuda")]
    assert {"python", "torch", "streamlit", "SQLAlchemy", "torch and torchvision", "disk", "database"} <= {
        c.name for c in found
    }
    assert len({check.name for check in found}) == len(found)
    assert not home.root.exists()


def test_every_fault_has_a_remedy(home: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine where nothing is right."""
    monkeypatch.setattr(doctor, "OLDEST_PYTHON", (99, 0))
    monkeypatch.setattr(doctor, "ENOUGH_BYTES", 10**18)
    monkeypatch.setattr(doctor, "version", lambda _name: "0.0.1")
    monkeypatch.setattr(
        doctor,
        "_probe",
        lambda: {"torch": "1", "cuda": "13.0", "fit": "nms is missing", "devices": [["H1", 2**30, "no kernel"]]},
    )
    monkeypatch.setenv("DISTILLERY_DATABASE_URL", "nonsense")
    monkeypatch.setenv("DISTILLERY_HOME", "/proc/none")
    found = doctor.checks()
    wrong = [check for check in found if not check.ok]
    assert {"python", "disk", "torch", "torch and torchvision", "cuda:0", "workspace", "database"} <= {
        c.name for c in wrong
    }
    assert all(check.remedy for check in wrong)
    assert not any(check.remedy for check in found if check.ok)


def test_packages_are_those_of_the_requirements(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# heading\n\npytest>=1,<999  # why\nnot-a-package>=2\npillow>=999\n")
    there, missing, old = doctor.packages(requirements)
    assert there == ("pytest", True, pytest.__version__, "")
    assert missing[:3] == ("not-a-package", False, "not installed")
    assert not old.ok
    assert ">=999 is needed" in old.detail
    assert [check.ok for check in doctor.packages(tmp_path / "none.txt")] == [False]


@pytest.mark.parametrize(
    ("found", "bounds", "fits"),
    [
        ("2.0", ">=2", True),
        ("2.15.0+cu130", ">=2.11", True),
        ("2.9", ">=2.11", False),
        ("1.67.0", ">=1.67,<2", True),
        ("2.0.0", ">=1.67,<2", False),
        ("3.0", "==3", True),
        ("3.0", "> 3", False),
        ("1.0", "", True),
    ],
)
def test_versions_are_compared_as_numbers(found: str, bounds: str, fits: bool) -> None:
    assert doctor.satisfies(found, bounds) is fits


def test_a_torch_that_dies_is_a_line_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PROBE", "import os, sys; sys.stderr.write('libfoo is missing\\n'); os.abort()")
    (check,) = doctor.torch_and_devices()
    assert not check.ok
    assert check.detail == "libfoo is missing"
    monkeypatch.setattr(doctor, "_PROBE", "raise SystemExit(3)")
    assert doctor.torch_and_devices()[0].detail == "ended with code 3"
    monkeypatch.setattr(doctor, "_PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(doctor, "PROBE_SECONDS", 0.2)
    assert "no answer" in doctor.torch_and_devices()[0].detail


def test_devices_that_compute_and_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [["A100", 40 * 2**30, ""], ["K40", 12 * 2**30, "no kernel image"]]
    monkeypatch.setattr(doctor, "_probe", lambda: {"torch": "2", "cuda": "13.0", "fit": "", "devices": devices})
    found = doctor.torch_and_devices()
    assert named(found, "cuda:0") == ("cuda:0", True, "A100, 40.0 GiB", "")
    assert not named(found, "cuda:1").ok


def test_no_gpu_is_no_fault_unless_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.exists", lambda _path: False)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    assert doctor._no_gpu("13.0").ok
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    assert not doctor._no_gpu("13.0").ok
    assert "without CUDA" in doctor._no_gpu("").detail


def test_a_damaged_database_is_told_apart_from_a_new_one(home: Workspace) -> None:
    assert doctor.database(home).ok
    home.root.mkdir()
    home.database_file.write_bytes(b"this is no database, and it is long enough to look like one" * 100)
    check = doctor.database(home)
    assert not check.ok
    assert str(home.root) in check.remedy


def test_datasets_in_the_workspace_are_seen(home: Workspace) -> None:
    for name, file in {"svhn": "train_32x32.mat", "mnist": "train-images.gz.part"}.items():
        (home.root / "data" / name).mkdir(parents=True)
        (home.root / "data" / name / file).touch()
    detail = doctor.datasets(home).detail
    assert detail.startswith("here: digits, svhn;")
    assert "need data_dir: tinyimagenet, folder" in detail


def test_importing_the_doctor_needs_the_standard_library_only() -> None:
    script = (
        "import sys; from importlib.abc import MetaPathFinder\n"
        "class Nothing(MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('torch', 'sqlalchemy', 'numpy', 'psutil', 'filelock'): raise ImportError(name)\n"
        "sys.meta_path.insert(0, Nothing())\n"
        "from engine import doctor; from engine.store.workspace import Workspace\n"
        "print(doctor.supervisor(Workspace.current()).ok)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=doctor.ROOT)
    assert done.stdout.split() == ["False"]
