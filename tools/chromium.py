"""Finds the Chromium that the browser tests drive, or fetches one.

In this order: the environment's CHROMIUM, the PATH, Playwright's own download, Debian's package (as root, with apt-get).
A browser counts only when it starts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

from engine.doctor import find_chromium

LOUD = "NO CHROMIUM: {} Put a Chromium on the PATH, or name it in CHROMIUM=/path/to/chromium. Tried: {}."


def ensure() -> tuple[str, str]:
    """Path of a Chromium that starts, fetched if need be, and "". Without one: "" and the sentence that says so."""
    ways: dict[str, Callable[[], str]] = {
        "CHROMIUM and the PATH": find_chromium,
        "Playwright's download": _playwright,
        "Debian's package": _debian,
    }
    for way in ways.values():
        path = way()
        if path and starts(path):
            return path, ""
    return "", LOUD.format("the browser tests cannot run.", ", ".join(ways))


def starts(path: str) -> bool:
    """Whether the program runs at all: a download without the system's libraries does not."""
    try:
        subprocess.run([path, "--version"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _playwright() -> str:
    """Where Playwright keeps its own Chromium, after an attempt to download it when it is not there."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except Error:
        return ""
    if not starts(path):
        print("No Chromium on the PATH: trying Playwright's download", flush=True)
        _tried([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"])
    return path


def _debian() -> str:
    """Debian's Chromium, installed when this process may. "" where it may not or that fails."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return ""
    print("Trying Debian's package chromium", flush=True)
    for command in _apt_commands(apt):
        if not _tried(command):
            break
    return find_chromium()


def _apt_commands(apt: str) -> Iterator[list[str]]:
    yield [apt, "update", "-qq"]
    yield [apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"]


def _tried(command: list[str]) -> bool:
    """Run a command that asks nothing; its output goes where ours goes. Whether it succeeded within ten minutes."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment, check=False, timeout=600)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
