"""What every test gets: a workspace that is nobody's, and, on request, the served app and a real browser."""

from __future__ import annotations

import os
import random
import secrets
import signal
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.doctor import find_chromium
from engine.store import database
from engine.store.workspace import Workspace
from tools import served
from tools.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHOTS = Path(__file__).parent / "e2e" / "shots"
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STEP_MILLISECONDS = 15_000  # how long one browser action, or what is expected, may take
LONGEST = (
    "cli/test_same_bits.py",
    "benchmarks/test_gpu_script.py",
    "benchmarks/test_paper_gpu_script.py",
    "test_distill.py",
    "runner/test_supervisor.py",
    "cli/test_bench.py",
    "cli/test_commands.py",
    "tools/test_environment.py",
    "sampling/test_study.py",
    "coresets/test_select.py",
    "pages/test_launch_page.py",
    "pages/test_run_page.py",
    "app/test_report.py",
)
"""Files that take longest, longest first."""


SEED = "DISTILLERY_TEST_SEED"


def pytest_configure() -> None:
    """One seed for all tests of this call, new each time: PyTorch begins every process with the same one. And Ctrl-C works in what
    the tests start: a shell that runs `make test &` lets everything below it ignore the signal."""
    os.environ.setdefault(SEED, str(secrets.randbelow(10**9)))  # workers inherit it
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """How to draw the same data again."""
    return f"random data: {SEED}={os.environ[SEED]}"


@pytest.fixture(autouse=True)
def _own_random_data(request: pytest.FixtureRequest) -> None:
    """Each test draws data of its own, whichever tests run before it, without loading what it does not need."""
    seed = zlib.crc32(f"{os.environ[SEED]} {request.node.nodeid}".encode())
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first: begun last, one would keep a single core at work while the other has nothing left."""
    rank = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="session", autouse=True)
def _nobodys_workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test touches the workspace of whoever runs it, and no supervisor outlives the tests."""
    base = tmp_path_factory.getbasetemp()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(base / "workspace"))
        for name in ("DISTILLERY_DATABASE_URL", "PORT"):
            patch.delenv(name, raising=False)
        yield
        served.end_processes_of(base)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """This test's own workspace."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "workspace"))
    workspace = Workspace.current()
    workspace.root.mkdir()
    yield workspace
    database.dispose(workspace)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`serve()` starts the app on this test's own workspace and waits until it answers; see tools/served.py for arguments."""
    started: list[Served] = []

    def start(home: Path = tmp_path / "workspace", **how: object) -> Served:
        started.append(served.start(home, **how))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for one in started:
        one.kill()
    served.end_processes_of(tmp_path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium. Per module: while it runs, its event loop would be in the way of other tests in this process."""
    path = find_chromium()
    if not path:
        reason = "no Chromium: put one on the PATH, name it in CHROMIUM, or run 'make test', which fetches one"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=STEP_MILLISECONDS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh profile with one page, 1440x900. When the test fails, what it saw is kept in tests/e2e/shots."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(STEP_MILLISECONDS)
    tab = context.new_page()
    failed_before = request.session.testsfailed
    yield tab
    if request.session.testsfailed > failed_before and not tab.is_closed():
        SHOTS.mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=SHOTS / f"{request.node.name}.png", full_page=True)
    context.close()
