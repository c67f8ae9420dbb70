"""Imports run one way, pages -> app -> engine, and neither the screens nor the command line load torch."""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
from pathlib import Path

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


def test_engine_knows_no_screen() -> None:
    assert not offenders(sources("engine"), SCREENS | TOOLING)


def test_app_knows_no_page() -> None:
    assert not offenders(sources("app"), {"pages"} | TOOLING)


def test_pages_know_neither_each_other_nor_heavy_things() -> None:
    assert not offenders(sources("pages"), {"pages"} | TOOLING | HEAVY)


def test_screens_use_the_engine_by_its_doors() -> None:
    """The api, the config, the errors and the plain tables; nothing behind them."""
    allowed = DOORS | TABLES | {module.rsplit(".", 1)[0] for module in TABLES}
    used = {
        str(path): {n for n in imported(path) if tops({n}) == {"engine"} and _is_module(n)}
        for path in sources("app", "pages")
    }
    assert not {path: modules - allowed for path, modules in used.items() if modules - allowed}


def test_every_module_of_the_engine_can_be_imported_first() -> None:
    """No module needs, at its top, one that needs it: neither itself nor by the folder that runs before it."""
    known = {".".join(p.with_suffix("").parts).removesuffix(".__init__"): p for p in sources("engine")}
    needs = {
        module: {n for name in at_the_top(path) for n in lineage(name) if n in known and n not in lineage(module)}
        for module, path in known.items()
    }
    graphlib.TopologicalSorter(needs).prepare()  # raises CycleError, which names the modules


def at_the_top(path: Path) -> set[str]:
    """Dotted names imported as soon as the module is; those inside functions and for type checkers come later or never."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def lineage(name: str) -> set[str]:
    """The module and the folders around it: "a.b.c" gives "a", "a.b" and "a.b.c"."""
    parts = name.split(".")
    return {".".join(parts[:upto]) for upto in range(1, len(parts) + 1)}


def offenders(paths: list[Path], forbidden: set[str]) -> dict[str, set[str]]:
    """Which of the files import any of the forbidden packages."""
    found = {str(path): tops(imported(path)) & forbidden for path in paths}
    return {path: names for path, names in found.items() if names}


def _is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


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
