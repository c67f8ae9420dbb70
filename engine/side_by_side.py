"""Work on several things at once, and hear how far they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

REPORT_SECONDS = 0.5


def side_by_side(jobs: Sequence[Iterator[int]], workers: int) -> Iterator[int]:
    """Follows every job to its end, `workers` at a time, each in a thread; yields the sum of what they last said, twice a
    second. When it is closed, the jobs under way end at their next word. Raises what a job raises.

    Jobs must share nothing that they change: then the result does not depend on `workers`.
    """
    reached, left = [0] * len(jobs), threading.Event()

    def follow(number: int) -> None:
        for word in jobs[number]:
            reached[number] = word
            if left.is_set():
                return

    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(follow, number) for number in range(len(jobs))}
        try:
            while waiting:
                done, waiting = wait(waiting, REPORT_SECONDS, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                yield sum(reached)
        finally:
            left.set()
            for future in waiting:
                future.cancel()
