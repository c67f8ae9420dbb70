"""Which runs and groups are compared: what the address names, and the lists to change it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

import streamlit as st

from app.parts import engine_room, guard, places, words
from app.views.compare import naming
from engine import api
from engine.api import Run
from engine.errors import DistilleryError

RUNS, GROUPS = "ids", "groups"  # names in the address
MOST = 200  # runs or groups taken from an address
FEW = 12  # chosen ones that may take several lines
NEWEST = 4  # runs that a person without a choice may begin with
MOST_NAMED = 5  # of those that there are not
_PICKED = {RUNS: "compare-runs", GROUPS: "compare-groups"}


class Selection(NamedTuple):
    """`runs`: those named and those of the named groups, in that order, none twice. `by_group`: whether a group was named."""

    runs: tuple[Run, ...]
    by_group: bool

    @property
    def names(self) -> dict[str, str]:
        """Id -> a name that no other of them has."""
        return naming.runs(self.runs)


def choose() -> Selection:
    """The lists with what the address names already chosen. Where nothing is: what this page is for, and its end."""
    try:
        known = api.list_runs()
    except DistilleryError as error:
        guard.stop(error)
    by_id, by_group = {run.id: run for run in known}, api.groups(known)
    asked = {RUNS: _asked(RUNS), GROUPS: _asked(GROUPS)}
    ids, groups = [i for i in asked[RUNS] if i in by_id], [g for g in asked[GROUPS] if g in by_group]
    if known:
        _lists(by_id, by_group, ids, groups)
    _missing("run", [i for i in asked[RUNS] if i not in by_id])
    _missing("group", [g for g in asked[GROUPS] if g not in by_group])
    found = dict.fromkeys([*ids, *(run.id for group in groups for run in by_group[group])])
    if not found:
        _nothing(known)
    runs = tuple(by_id[run_id] for run_id in found)
    engine_room.wake(runs)
    return Selection(runs, bool(groups))


def _asked(name: str) -> list[str]:
    """Ids in the address, commas between them: anybody may have written it."""
    found = dict.fromkeys(part.strip() for part in st.query_params.get(name, "").split(","))
    return [part for part in found if part][:MOST]


def _lists(
    runs: Mapping[str, Run], groups: Mapping[str, Sequence[Run]], chosen: list[str], chosen_groups: list[str]
) -> None:
    names = naming.runs(list(runs.values()))
    offered = [group for group, some in groups.items() if len(some) > 1 or group in chosen_groups]
    st.session_state[_PICKED[RUNS]], st.session_state[_PICKED[GROUPS]] = chosen, chosen_groups
    columns = st.columns([3, 2], gap="medium")
    columns[0].multiselect("Runs", list(runs), format_func=names.__getitem__, key=_PICKED[RUNS], on_change=_follow,
                           placeholder="Choose runs", max_selections=MOST, wrap=len(chosen) <= FEW)  # fmt: skip
    columns[1].multiselect("Groups of seeds", offered, format_func=lambda group: naming.whole(group, groups[group]),
                           key=_PICKED[GROUPS], on_change=_follow, placeholder="Choose groups", wrap=len(chosen_groups) <= FEW,
                           help="Runs that differ by their seed alone. A group joins with all of its runs.")  # fmt: skip


def _follow() -> None:
    """The address follows the lists; what else it says stays."""
    for name, key in _PICKED.items():
        if chosen := st.session_state[key]:
            st.query_params[name] = ",".join(chosen)
        else:
            st.query_params.pop(name, None)


def _missing(what: str, ids: Sequence[str]) -> None:
    if not ids:
        return
    shown = ", ".join(f"“{_plain(one)}”" for one in ids[:MOST_NAMED])
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    one = len(ids) == 1
    st.warning(
        f"There is no {what} {shown} here; it is left out." if one else f"There are no {what}s {shown}{more} here; they are left out.",
        icon=":material/link_off:",
    )  # fmt: skip


def _plain(text: str) -> str:
    return words.plain(re.sub(r"\s+", " ", text)[:40])


def _nothing(known: Sequence[Run]) -> NoReturn:
    """What this page shows once something is chosen, and one way to begin."""
    st.subheader("Choose two runs or more" if known else "There is nothing to compare yet", anchor=False)
    st.markdown(
        "Their curves appear in one figure, groups of seeds as a mean with its spread. Beside it: the settings in which they differ, "
        "their images side by side, how soon each reaches an accuracy, and which settings made the difference.",
        width=720,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        newest = [run.id for run in known[:NEWEST]]
        if len(newest) > 1:
            st.button(
                "Compare the newest runs",
                type="primary",
                icon=":material/compare_arrows:",
                on_click=_take,
                args=(newest,),
            )
        st.page_link(places.RUNS, label="All runs", icon=":material/view_list:")
        st.page_link(places.LAUNCH, label="New run", icon=":material/add_circle:")
    st.stop()


def _take(ids: Sequence[str]) -> None:
    st.query_params[RUNS] = ",".join(ids)
