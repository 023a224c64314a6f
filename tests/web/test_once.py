"""Values made once, places for computations, and jobs: whatever threads do."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecity.core.errors import InputError, MissingError
from onecity.core.progress import Progress
from onecity.web.jobs import Job, Jobs, Status, StoppedError
from onecity.web.once import Once
from onecity.web.slots import BusyError, Slots

PATIENCE = 60.0


def together(*works: Callable[[], object]) -> list[object]:
    """Let threads begin at once; return what each gave, or the error it raised."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        gate.wait(PATIENCE)
        try:
            found[place] = work()  # type: ignore[call-overload]
        except Exception as error:  # noqa: BLE001  (looked at by the test)
            found[place] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a thread waits for ever"
    return list(found)


# --- Once ------------------------------------------------------------------------------------


def test_threads_that_ask_at_once_get_one_value_made_once() -> None:
    once, made = Once(4), list[int]()

    def make() -> object:
        time.sleep(0.05)
        made.append(1)
        return object()

    found = together(*[lambda: once.get("a", make)] * 8)
    assert len(made) == 1
    assert len({id(one) for one in found}) == 1


def test_values_of_different_keys_are_made_side_by_side() -> None:
    once, gate = Once(4), threading.Barrier(2)

    def make(key: str) -> Callable[[], str]:
        return lambda: f"{key}{gate.wait(PATIENCE) * 0}"

    assert together(*[lambda key=key: once.get(key, make(key)) for key in "ab"]) == ["a0", "b0"]


def test_all_who_waited_get_the_error_and_the_next_tries_again() -> None:
    once, tries = Once(4), []

    def fail() -> None:
        time.sleep(0.05)
        tries.append(1)
        raise InputError("web.busy")

    found = together(*[lambda: once.get("a", fail)] * 4)
    assert all(isinstance(one, InputError) for one in found)
    assert len(tries) == 1
    assert once.peek("a") is None
    assert once.get("a", lambda: 7) == 7


def test_a_value_that_needs_itself_is_a_fault_not_a_standstill() -> None:
    once = Once(4)
    with pytest.raises(RuntimeError, match="asks for"):
        once.get("a", lambda: once.get("a", lambda: 1))


@given(st.lists(st.integers(0, 6), max_size=60), st.integers(1, 4))
def test_what_was_not_asked_for_longest_goes_first(keys: list[int], most: int) -> None:
    once, kept = Once(most), list[int]()
    for key in keys:
        known = key in kept
        value = object()
        assert (once.get(key, lambda value=value: value) is value) is not known  # type: ignore[misc]
        kept = [*(one for one in kept if one != key), key][-most:]
    assert [key for key in range(7) if once.peek(key) is not None] == sorted(kept)


# --- Slots -----------------------------------------------------------------------------------


def test_no_more_run_at_once_than_there_are_places() -> None:
    slots, lock = Slots(2, 50, PATIENCE), threading.Lock()
    running = most = 0

    def work() -> None:
        nonlocal running, most
        with slots.taken():
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1

    assert together(*[work] * 10) == [None] * 10
    assert most == 2


def test_a_thread_that_holds_a_place_needs_no_other() -> None:
    slots = Slots(1, 0, 0.01)
    with slots.taken(), slots.taken(), slots.taken(patient=True):
        pass
    with slots.taken():
        pass


def test_a_full_queue_and_a_long_wait_are_told() -> None:
    slots, gate = Slots(1, 1, 0.2), threading.Event()

    def hold() -> None:
        with slots.taken():
            gate.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    while slots._free:
        time.sleep(0.001)

    def ask() -> str:
        with slots.taken():
            return "in"

    found = together(ask, ask, ask)
    gate.set()
    holder.join(PATIENCE)
    assert all(isinstance(one, BusyError) for one in found)
    with slots.taken():
        pass


def test_places_are_given_in_the_order_of_asking() -> None:
    slots, served = Slots(1, 50, PATIENCE), list[int]()

    def ask(number: int) -> None:
        with slots.taken():
            served.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    with slots.taken():
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(slots._turns) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(PATIENCE)
    assert served == list(range(20))


def test_a_place_that_was_lent_comes_back_before_those_who_wait() -> None:
    slots, served = Slots(1, 50, PATIENCE), list[str]()

    def ask() -> None:
        with slots.taken():
            served.append("asked")
            time.sleep(0.05)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    with slots.taken():
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(slots._turns) < number:
                time.sleep(0.001)
        with slots.lent():
            time.sleep(0.01)
        served.append("back")
    for thread in threads:
        thread.join(PATIENCE)
    assert served.index("back") == 1
    assert served.count("asked") == 3


def test_who_waits_for_another_lends_the_place_to_it() -> None:
    """With one place: the maker needs it, and whoever waits for the maker holds it."""
    slots = Slots(1, 50, PATIENCE)
    once = Once(4, slots.lent)

    def make() -> str:
        time.sleep(0.05)
        with slots.taken():
            return "made"

    def ask() -> str:
        with slots.taken():
            return once.get("a", make)

    def ask_without_a_place() -> str:
        return once.get("a", make)

    assert together(*[ask, ask_without_a_place] * 4) == ["made"] * 8


# --- Jobs ------------------------------------------------------------------------------------


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(3, PATIENCE, Slots(1, 10, PATIENCE))
    yield made
    made.close()


def waiting_for(gate: threading.Event) -> Callable[[Progress], None]:
    def work(_: Progress) -> None:
        gate.wait(PATIENCE)

    return work


def ended(jobs: Jobs, job: Job) -> Job:
    until = time.monotonic() + PATIENCE
    while jobs.get(job.id).status in {Status.WAITING, Status.RUNNING}:
        assert time.monotonic() < until
        time.sleep(0.005)
    return jobs.get(job.id)


def test_a_job_tells_how_far_it_is(jobs: Jobs) -> None:
    steps, go = threading.Semaphore(0), threading.Event()

    def work(progress: Progress) -> None:
        progress.stage("strands.stage_times", 3)
        progress.advance(2)
        steps.release()
        go.wait(PATIENCE)

    job = jobs.start("times", "k", "/times", work)
    steps.acquire(timeout=PATIENCE)
    seen = jobs.get(job.id)
    assert (seen.status, seen.stage, seen.done, seen.of) == (
        Status.RUNNING, "strands.stage_times", 2, 3)  # fmt: skip
    go.set()
    assert ended(jobs, job).status is Status.DONE
    assert ended(jobs, job).result == "/times"


def test_the_same_question_is_one_job_until_it_ends(jobs: Jobs) -> None:
    go = threading.Event()
    first = jobs.start("a", 1, "/a", waiting_for(go))
    assert jobs.start("a", 1, "/a", lambda _: None).id == first.id
    assert jobs.start("a", 2, "/a", lambda _: None).id != first.id
    go.set()
    ended(jobs, first)
    assert jobs.start("a", 1, "/a", lambda _: None).id != first.id


def test_a_job_that_fails_says_why_and_the_next_one_runs(jobs: Jobs) -> None:
    def fail(_: Progress) -> None:
        raise InputError("web.busy")

    failed = ended(jobs, jobs.start("a", 1, "/a", fail))
    assert failed.status is Status.FAILED
    assert isinstance(failed.error, InputError)
    assert ended(jobs, jobs.start("a", 1, "/a", lambda _: None)).status is Status.DONE


def test_a_job_that_takes_too_long_is_ended_at_its_next_step() -> None:
    jobs = Jobs(3, 0.05, Slots(1, 10, PATIENCE))

    def work(progress: Progress) -> None:
        while True:
            progress.advance()
            time.sleep(0.01)

    found = ended(jobs, jobs.start("a", 1, "/a", work))
    assert isinstance(found.error, StoppedError)
    assert found.error.key == "web.job_too_long"
    jobs.close()


def test_closing_ends_the_running_job_and_begins_no_other() -> None:
    jobs, begun = Jobs(3, PATIENCE, Slots(1, 10, PATIENCE)), threading.Event()

    def work(progress: Progress) -> None:
        begun.set()
        while True:
            progress.advance()
            time.sleep(0.005)

    running = jobs.start("a", 1, "/a", work)
    waiting = jobs.start("a", 2, "/a", lambda _: None)
    begun.wait(PATIENCE)
    jobs.close()
    found = ended(jobs, running)
    assert isinstance(found.error, StoppedError)
    time.sleep(0.05)
    assert jobs.get(waiting.id).status is Status.WAITING


def test_jobs_that_ended_are_forgotten_and_too_many_are_refused(jobs: Jobs) -> None:
    go = threading.Event()
    first = ended(jobs, jobs.start("a", 0, "/a", lambda _: None))
    for key in range(1, 4):
        jobs.start("a", key, "/a", waiting_for(go))
    with pytest.raises(MissingError):
        jobs.get(first.id)
    with pytest.raises(BusyError):
        jobs.start("a", 9, "/a", lambda _: None)
    go.set()
