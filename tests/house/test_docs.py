"""The documents keep up with the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import docs

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def file_map() -> set[str]:
    """The paths named in the README's file map: the first code span of each line of its table."""
    section = README.split("## File map")[1].split("\n## ")[0]
    return {found[1] for line in section.splitlines() if (found := re.match(r"\| `([^`]+)`", line))}


def test_the_settings_page_is_fresh() -> None:
    """Run `make docs` when this fails."""
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page()


def test_the_file_map_names_what_is_there() -> None:
    assert not {path for path in file_map() if not (ROOT / path).exists()}


def test_the_file_map_is_whole() -> None:
    """Every top folder, and every folder of app and engine that holds code."""
    top = {f"{path.parent.name}/" for path in ROOT.glob("*/*.py")} | {"docs/", "assets/"}
    inner = {f"{path.parent.relative_to(ROOT)}/" for room in ("app", "engine") for path in (ROOT / room).glob("*/*.py")}
    assert not (top | inner | {"tests/"}) - file_map()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (document.parent / link).exists()]


def test_make_targets_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"`make ([a-z][\w-]*)", document.read_text(encoding="utf-8"))
    }
    assert named <= targets


def test_every_command_is_documented() -> None:
    """What `python -m engine --help` lists, the guide explains."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = re.search(r"\{([a-z,-]+)\}", done.stdout)
    assert listed, done.stdout
    guide = (ROOT / "docs" / "GUIDE.md").read_text(encoding="utf-8")
    assert not [command for command in listed[1].split(",") if f"engine {command}" not in guide]
