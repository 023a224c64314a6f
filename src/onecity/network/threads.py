"""Work in tasks over threads, results in the order of the tasks.

The kernels release the interpreter's lock, so plain threads suffice: nothing process-wide is
set, and calls from several threads at once do not disturb one another.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from onecity.core.errors import InputError

Task = TypeVar("Task")
Space = TypeVar("Space")
Result = TypeVar("Result")


def thread_count(threads: object) -> int:
    """Return the number of threads to use; None means one for each processor at hand."""
    if threads is None:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InputError("network.bad_threads", given=threads)
    return threads


def in_order(
    work: Callable[[Task, Space], Result],
    tasks: Sequence[Task],
    make_space: Callable[[], Space],
    threads: int,
) -> Iterator[Result]:
    """Yield ``work(task, space)`` for each task, in order.

    Parameters
    ----------
    work
        Called with a task and working memory that no other call uses meanwhile.
    tasks
        What is to be done.
    make_space
        Makes working memory; called once for each thread at most.
    threads
        How many. One means no thread is started.
    """
    threads = min(threads, len(tasks))
    if threads <= 1:
        space = make_space() if tasks else None
        for task in tasks:
            yield work(task, space)  # type: ignore[arg-type]
        return
    spaces: SimpleQueue[Space] = SimpleQueue()
    for _ in range(threads):
        spaces.put(make_space())

    def run(task: Task) -> Result:
        space = spaces.get()
        try:
            return work(task, space)
        finally:
            spaces.put(space)

    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for task in tasks:
                # A few ahead, so that results do not pile up behind a slow one.
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(run, task))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
