"""The page of all runs: what is above the list, the list, and what comes when there is nothing to list."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components.run_list import Shown, opened, page_number, run_list
from app.parts import engine_room, guard, live
from app.views.runs import acts, labels, rows, toolbar, welcome
from app.views.runs.choice import Group, Wanted, in_order, shown
from app.views.runs.glance import memory
from engine import api
from engine.api import Run
from engine.errors import DistilleryError

PER_PAGE = 25
Content = tuple[list[dict[str, Any]], dict[str, str]]
"""Rows, and their pictures by the row's key."""
IDLE = 5.0  # ticks that a list takes for one where nothing is under way


def overview() -> None:
    """The list and all around it."""
    try:
        runs = api.list_runs()
    except DistilleryError as error:
        guard.stop(error)
    if not runs:
        welcome.welcome()
        return
    engine_room.wake(runs)
    toolbar.heading()
    welcome.what_next(runs)
    wanted = toolbar.toolbar(runs) if len(runs) > 1 else Wanted()  # one run needs no search
    labels.dialog(runs)
    every = live.TICK if any(run.is_live for run in runs) else IDLE * live.TICK
    st.fragment(_list, run_every=every, key="runs-live")(wanted, every)


def _list(wanted: Wanted, every: float) -> None:
    """One page of the list as it is now."""
    with guard.told():
        runs = api.list_runs()
        if not runs or (every == live.TICK) != any(run.is_live for run in runs):
            st.rerun()
        found = shown(runs, wanted)
        guard.show_fault()
        if asked := run_list(_page(runs, found, wanted)):
            acts.act(asked, {run.id: run for run in runs})


def _page(runs: Sequence[Run], found: Sequence[Run], wanted: Wanted) -> Shown:
    """The page of the list that is open, with some of what was found among all runs."""
    total = len(runs)
    listed: Sequence[Any] = _groups(runs, found, wanted.sort) if wanted.grouped else found
    pages = max(1, -(-len(listed) // PER_PAGE))
    number = min(page_number(), pages)
    some = listed[(number - 1) * PER_PAGE : number * PER_PAGE]
    count = f"{len(found):,} of {total:,} runs" if wanted.narrow else f"{total:,} {'run' if total == 1 else 'runs'}"
    if wanted.grouped:
        count += f" in {len(listed):,} {'group' if len(listed) == 1 else 'groups'}"
    content, pictures = _group_rows(some) if wanted.grouped else _run_rows(some)
    return Shown(
        rows=content,
        pictures=pictures,
        said=count,
        none="" if some else "No run matches. Clear the search or a filter above.",
        page=number,
        pages=pages,
        readonly=api.readonly(),
    )


def _groups(runs: Sequence[Run], found: Sequence[Run], sort: str) -> list[Group]:
    sizes = {name: len(members) for name, members in api.groups(runs).items()}
    return in_order((Group(name, members, sizes[name]) for name, members in api.groups(found).items()), sort)


def _run_rows(runs: Sequence[Run]) -> Content:
    glances, allowed, now = memory().of(runs), not api.readonly(), time.time()
    content = [rows.row(run, glances[run.id], now, allowed) for run in runs]
    return content, {run.id: glances[run.id].picture for run in runs}


def _group_rows(groups: Sequence[Group]) -> Content:
    """Each group, and below it, where it is open, its runs."""
    unfolded, allowed, now = opened(), not api.readonly(), time.time()
    seen = [run for group in groups for run in (group.runs if group.id in unfolded else group.runs[: rows.LINES])]
    glances, content, pictures = memory().of(seen), list[dict[str, Any]](), dict[str, str]()
    for group in groups:
        content.append(rows.group_row(group, glances, now, group.id in unfolded, allowed))
        pictures[content[-1]["key"]] = rows.picture(group, glances)
        if group.id in unfolded:
            content += [rows.member_row(run, group, glances[run.id], now, allowed) for run in group.runs]
            pictures |= {run.id: glances[run.id].picture for run in group.runs}
    return content, pictures
