"""The one error family.

DistilleryError
├── BadRequest         what was asked for cannot be done as asked (exit code 2)
│   ├── BadConfig      settings unknown, out of range or at odds with each other; carries one sentence per field
│   ├── BadData        a dataset, directory, archive or image that is missing, damaged or unfit
│   ├── NotFound       no run, snapshot or task of that name
│   ├── WrongState     the run's state does not allow this (resume a running one, ...)
│   └── ReadOnly       this process may only look (DISTILLERY_READONLY)
└── RunFailed          the work was asked for rightly and broke (exit code 1)
    ├── NoSpace        the disk is full
    └── Damaged        a file of the workspace cannot be read back

Every message says what was given, what is allowed and what to do, in one sentence: the page and the command line show the
same words. A traceback belongs to bugs only.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


class DistilleryError(Exception):
    """Base of all errors that a person is meant to read. `exit_code` is what the command line returns."""

    exit_code = 1


class BadRequest(DistilleryError):
    exit_code = 2


class BadConfig(BadRequest):
    """Settings that cannot be run. `problems` maps a setting's name to its sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


class BadData(BadRequest):
    pass


class NotFound(BadRequest):
    pass


class WrongState(BadRequest):
    pass


class ReadOnly(BadRequest):
    pass


class RunFailed(DistilleryError):
    pass


class NoSpace(RunFailed):
    pass


class Damaged(RunFailed):
    pass


def unknown(kind: str, name: object, allowed: Iterable[str]) -> str:
    """One sentence for a name that is not in a table, with the nearest known name first."""
    names = list(allowed)
    near = difflib.get_close_matches(str(name).lower(), names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"Unknown {kind} '{name}'.{hint} Choose one of: {', '.join(names)}."


def pick(table: Mapping[str, T], kind: str, name: str) -> T:
    """The entry `name` of an extension table. Raises BadConfig under the key `kind` when there is none."""
    try:
        return table[name]
    except KeyError:
        raise BadConfig({kind: unknown(kind, name, table)}) from None
