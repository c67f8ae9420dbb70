"""Jobs in threads: all are followed to the end, can be left in the middle, and do not hide a fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine.side_by_side import side_by_side


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_job_is_followed_to_its_end(workers: int) -> None:
    counts = (5, 1, 9, 0)
    jobs = [iter(range(1, n + 1)) for n in counts]
    *_, last = side_by_side(jobs, workers)
    assert last == sum(counts)
    assert all(next(job, None) is None for job in jobs)


def test_leaving_ends_the_jobs_under_way_and_starts_no_other() -> None:
    ended, begun = threading.Event(), threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            ended.set()

    def other() -> Iterator[int]:
        begun.set()
        yield 1

    job = endless()
    progress = side_by_side([job, other()], 1)
    assert next(progress) == 1
    progress.close()  # type: ignore[attr-defined]
    job.close()  # type: ignore[attr-defined]
    assert ended.is_set() and not begun.is_set()


def test_a_fault_is_raised_where_one_waits() -> None:
    def faulty() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("in a thread")

    with pytest.raises(ZeroDivisionError, match="in a thread"):
        list(side_by_side([iter(range(3)), faulty()], 2))
