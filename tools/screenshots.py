"""Pictures of every page: `make screenshots`, or `python -m tools.screenshots [--home DIR] [--only PAGE ...]`.

Light and dark, 1440 and 420 wide, in an empty workspace, with one run and with many: all of them into tests/e2e/shots/screens,
which git ignores; those of the gallery into docs/images/screens, with docs/GALLERY.md around them. The runs are real ones, made
small; `--home` takes a workspace that has them already instead of making them (minutes).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from tools import chromium, served
from tools.screens import SCHEMES, SCREENS, SIZES, TALLEST, Screen

ROOT = Path(__file__).resolve().parent.parent
ALL = ROOT / "tests" / "e2e" / "shots" / "screens"
KEPT, GALLERY = ROOT / "docs" / "images" / "screens", ROOT / "docs" / "GALLERY.md"
SHOWN = (("wide", "light"), ("wide", "dark"), ("narrow", "light"))  # of each page in the gallery
QUALITY = 82  # of the gallery's WebP files
PATIENCE, STILL = 60_000, 800  # milliseconds until a page is there, and for its pictures to arrive
HEADING = """\
# Gallery

Every page as `make screenshots` last saw it, on small real runs of the digits. Wide: 1440 pixels, narrow: 420.
"""
SMALL = ("ipc=2", "outer=4", "inner=10", "width=16", "clusters=8", "evaluate_every=10", "snapshot_every=2", "metrics_every=1",
         "eval_epochs=30", "eval_repeats=2", "full_epochs=5")  # fmt: skip
MANY = [(recipe, seed) for recipe in ("dream+", "dream", "idc") for seed in range(3)] + [("dm", 0), ("herding", 0)]


def main(arguments: Sequence[str]) -> int:
    """0 when every page was seen."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots", description="Take a picture of every page.")
    parser.add_argument("--home", type=Path, help="a workspace with many runs, instead of making one; it is copied")
    parser.add_argument(
        "--only", nargs="*", choices=SCREENS, default=list(SCREENS), help="only these pages; the gallery is left alone"
    )
    asked = parser.parse_args(arguments)
    path, missing = chromium.ensure()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--headless=new", "--no-sandbox", "--disable-gpu"]
        )
        unseen = [
            name
            for amount, home in workspaces(Path(folder), asked.home)
            for name in look(browser, amount, home, asked.only)
        ]
        browser.close()
    if set(asked.only) == set(SCREENS) and not unseen:
        write_gallery()
    print("\n".join(f"not seen: {name}" for name in unseen) or f"All pictures are in {ALL}", flush=True)
    return bool(unseen)


def workspaces(folder: Path, given: Path | None) -> Iterator[tuple[str, Path]]:
    """How much is in it, and the workspace: none, one run, many."""
    for amount in ("none", "one", "many"):
        home = folder / amount
        home.mkdir()
        if amount == "one":
            engine(home, "run", "--preset", "digits-demo", "--set", "outer=2", "--wait")
        elif amount == "many" and given:
            shutil.copytree(given, home, dirs_exist_ok=True)
        elif amount == "many":
            fill(home)
        yield amount, home


def fill(home: Path) -> None:
    """Real runs of several recipes and seeds, and one study."""
    for recipe, seed in MANY:
        settings = [word for setting in (f"recipe={recipe}", f"seed={seed}", *SMALL) for word in ("--set", setting)]
        engine(home, "run", *settings, "--wait")
    engine(home, "study", "mmd", "--wait")


def engine(home: Path, *words: str) -> str:
    """What a command of the engine prints."""
    command, environment = [sys.executable, "-m", "engine", *words], os.environ | {"DISTILLERY_HOME": str(home)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def names_of(home: Path) -> dict[str, str]:
    """Ids that addresses name: the newest runs with images, the newest study."""
    from engine import api

    os.environ["DISTILLERY_HOME"] = str(home)
    runs = [run.id for run in api.list_runs() if run.state == "finished" and run.config.outer]
    studies = [study.id for study in api.list_studies()]
    found = {"run": runs[:1], "other": runs[-1:], "study": studies[:1]}
    return {name: ids[0] for name, ids in found.items() if ids}


def look(browser: Browser, amount: str, home: Path, pages: Sequence[str]) -> list[str]:
    """Takes the pictures of one workspace; names of those that could not be taken."""
    names, unseen = names_of(home), []
    web = served.start(home)
    try:
        for name in pages:
            screen = SCREENS[name]
            ready = screen.ready if names else screen.bare
            address = _address(screen, names)
            if not ready or address is None:
                continue
            for scheme in SCHEMES:
                unseen += take(browser, web.url + address, ready, f"{amount}-{name}", scheme)
            print(f"{amount}: {name}", flush=True)
    finally:
        web.kill()
        served.end_processes_of(home)
    return unseen


def _address(screen: Screen, names: dict[str, str]) -> str | None:
    """None where there is nothing to see; without what the workspace has none of, where the page then says so."""
    try:
        return screen.address.format_map(names)
    except KeyError:
        return screen.address.partition("?")[0] if screen.bare else None


def take(browser: Browser, url: str, ready: str, name: str, scheme: str) -> list[str]:
    """One page in one scheme, in all sizes; the name when it never came."""
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": SIZES["wide"], "height": 900}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    try:
        for size, width in SIZES.items():
            page.set_viewport_size({"width": width, "height": 900})
            if size == "wide":
                page.goto(url)
            page.locator(ready).first.wait_for(timeout=PATIENCE)
            whole(page, width)
            ALL.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=ALL / f"{name}-{size}-{scheme}.png")
    except BrowserError as error:
        return [f"{name} ({scheme}): {error.message.splitlines()[0]}"]
    finally:
        context.close()
    return []


def whole(page: Page, width: int) -> None:
    """Makes the window as tall as the page, so that lazy parts are drawn, and waits until nothing moves."""
    page.wait_for_timeout(STILL)
    height = page.evaluate("() => document.querySelector('.stMain')?.scrollHeight ?? 900")
    page.set_viewport_size({"width": width, "height": max(900, min(height, TALLEST))})
    page.wait_for_timeout(STILL)


def write_gallery() -> None:
    """The pictures for docs, small, and the page around them."""
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob("*.webp"):
        old.unlink()
    parts = [HEADING]
    for name in SCREENS:
        amount = next(a for a in ("many", "one", "none") if (ALL / f"{a}-{name}-wide-light.png").exists())
        parts.append(f"\n## {name.capitalize()}\n")
        for size, scheme in SHOWN:
            target = KEPT / f"{name}-{size}-{scheme}.webp"
            Image.open(ALL / f"{amount}-{name}-{size}-{scheme}.png").convert("RGB").save(
                target, quality=QUALITY, method=6
            )
            parts.append(f"![{name}, {size}, {scheme}](images/screens/{target.name})")
    GALLERY.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
