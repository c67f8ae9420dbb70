"""Imports run one way, pages -> app -> engine, and neither the screens nor the command line load torch."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCREENS = {"app", "pages", "streamlit", "plotly"}
TOOLING = {"tests", "tools", "benchmarks", "pytest"}
HEAVY = {"torch", "torchvision", "sklearn", "scipy", "umap", "numba", "fast_pytorch_kmeans"}
DOORS = {"engine", "engine.api", "engine.config", "engine.errors"}
TABLES = {"engine.data.catalog", "engine.metrics.catalog", "engine.presets", "engine.recipes", "engine.events"}
LIGHT_ENGINE = ("engine.api", "engine.config", "engine.errors", "engine.doctor", "engine.__main__")


def sources(*folders: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names of every import in the file, wherever it stands; `from a import b` gives "a" and "a.b"."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def test_there_is_something_to_hold() -> None:
    assert all(len(sources(folder)) >= 3 for folder in ("engine", "app", "pages"))


@pytest.mark.parametrize("path", sources("engine"), ids=str)
def test_engine_knows_no_screen(path: Path) -> None:
    assert not tops(imported(path)) & (SCREENS | TOOLING)


@pytest.mark.parametrize("path", sources("app"), ids=str)
def test_app_knows_no_page(path: Path) -> None:
    assert not tops(imported(path)) & ({"pages"} | TOOLING)


@pytest.mark.parametrize("path", sources("app", "pages"), ids=str)
def test_screens_use_the_engine_by_its_doors(path: Path) -> None:
    """The api, the config, the errors and the plain tables; nothing behind them."""
    names = imported(path)
    modules = {name for name in names if tops({name}) == {"engine"} and _is_module(name)}
    assert not tops(names) & HEAVY
    assert modules <= DOORS | TABLES | _packages(DOORS | TABLES)


@pytest.mark.parametrize("path", sources("pages"), ids=str)
def test_pages_do_not_know_each_other(path: Path) -> None:
    assert "pages" not in tops(imported(path))


def _is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def _packages(modules: set[str]) -> set[str]:
    return {module.rsplit(".", 1)[0] for module in modules}


def test_starting_screens_and_command_line_loads_nothing_heavy() -> None:
    """Imported for real, in a process that has imported nothing yet."""
    entries = [Path("app/main.py"), *sources("pages")]
    modules = [
        ".".join(p.with_suffix("").parts) for p in sources("app") if p not in entries and p.name != "__init__.py"
    ]
    wanted = sorted(
        {*modules, *LIGHT_ENGINE, *(name for path in entries for name in imported(path) if _is_module(name))}
    )
    script = (
        "import importlib, json, sys\n"
        "for name in json.loads(sys.argv[1]): importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(wanted)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not set(json.loads(done.stdout)) & HEAVY
