"""What changed between two JSON values, so that a browser that has the one can make the other: a growing figure travels as its
new points. Pure functions; `figures.js` applies the same patches.

A patch is one of
    {"=": value}                        takes the place of what was there
    {"s": [at, cut, add]}               a list or a text: from `at` on, `cut` items make way for `add`
    {"i": {"3": patch, ...}}            a list of the same length: patches by position
    {"k": {name: patch, ...}, "-": []}  an object: patches by name ("=" for a new one), and the names that are gone
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any, NamedTuple

Patch = dict[str, Any]
CHAIN = 3  # patches sent along: a browser may skip as many states but one
_NESTED = (dict, list)
_WORTH = 64  # characters: a shorter text is sent whole


def diff(old: Any, new: Any) -> Patch | None:
    """The patch that turns `old` into `new`, both JSON values; None when they are the same."""
    if type(old) is not type(new):
        return {"=": new}
    if isinstance(new, dict):
        return _objects(old, new)
    if isinstance(new, list):
        return _lists(old, new)
    if old == new:
        return None
    if isinstance(new, str) and len(new) > _WORTH:
        return _splice(old, new)
    return {"=": new}


def apply(patch: Patch | None, old: Any) -> Any:
    """The value that `patch` makes of `old`, which stays as it is."""
    if patch is None:
        return old
    if "=" in patch:
        return patch["="]
    if "s" in patch:
        at, cut, add = patch["s"]
        return old[:at] + add + old[at + cut :]
    if "i" in patch:
        return [apply(patch["i"].get(str(i)), value) for i, value in enumerate(old)]
    kept = {name: value for name, value in old.items() if name not in patch["-"]}
    return kept | {name: apply(change, kept.get(name)) for name, change in patch["k"].items()}


class Sent(NamedTuple):
    """What a browser was sent last: the value as JSON text, its version, the steps that led there as (base, version, patch as
    text), oldest first, and how often it was sent again since."""

    text: str
    version: str
    chain: tuple[tuple[str, str, str], ...] = ()
    again: int = 0


def advance(before: Sent | None, text: str) -> tuple[Sent, dict[str, Any]]:
    """What has been sent once `text` is, and the message that sends it: `version` with `figure`, the whole, the first time or
    where a patch would not be half as small; else with `chain`, which is empty from the second time on that there is no news."""
    if before and before.text == text:
        same = before._replace(again=before.again + 1)
        return same, {"version": same.version, "chain": same.chain if same.again < 2 else ()}
    version = version_of(text)
    if before:
        patch = between(before.text, text)
        if len(patch) < len(text) / 2:
            sent = Sent(text, version, (*before.chain, (before.version, version, patch))[-CHAIN:])
            return sent, {"version": version, "chain": sent.chain}
    return Sent(text, version), {"version": version, "figure": text}


@lru_cache(32)
def between(old: str, new: str) -> str:
    """The patch from one JSON text to another, as text. Remembered: everybody who watches a run is sent the same ones."""
    return _text(diff(json.loads(old), json.loads(new)))


def version_of(text: str) -> str:
    """A name for this very text."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _objects(old: dict[str, Any], new: dict[str, Any]) -> Patch | None:
    gone = [name for name in old if name not in new]
    changes = {name: {"=": value} if name not in old else diff(old[name], value) for name, value in new.items()}
    changes = {name: change for name, change in changes.items() if change is not None}
    return {"k": changes, "-": gone} if changes or gone else None


def _lists(old: list[Any], new: list[Any]) -> Patch | None:
    if len(old) == len(new) and any(isinstance(value, _NESTED) for value in new):
        changes = {str(i): diff(*pair) for i, pair in enumerate(zip(old, new, strict=True))}
        changes = {i: change for i, change in changes.items() if change is not None}
        return {"i": changes} if changes else None
    return _splice(old, new)


def _splice(old: Any, new: Any) -> Patch | None:
    """Lists or texts: what lies between their common beginning and their common end."""
    at = _common(old, new, len(old), len(new))
    if at == len(old) == len(new):
        return None
    end = _common(old[:at:-1] + old[at : at + 1], new[:at:-1] + new[at : at + 1], len(old) - at, len(new) - at)
    return {"s": [at, len(old) - at - end, new[at : len(new) - end]]}


def _common(old: Any, new: Any, room: int, other: int) -> int:
    """Length of the common beginning."""
    pairs = zip(old, new, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if not _same(a, b)), min(room, other))


def _same(old: Any, new: Any) -> bool:
    """As JSON: 1 is not true."""
    if type(old) is not type(new):
        return False
    return diff(old, new) is None if isinstance(new, _NESTED) else bool(old == new)
