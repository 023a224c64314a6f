from onecity.core.progress import SILENCE, Progress


class Listener:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def stage(self, key: str, total: int | None = None) -> None:
        self.heard.append((key, total))

    def advance(self, steps: int = 1) -> None:
        self.heard.append((steps,))


def work(progress: Progress = SILENCE) -> int:
    progress.stage("core.nature_observed", 2)
    progress.advance()
    progress.stage("core.nature_modelled")
    progress.advance(3)
    return 7


def test_work_runs_with_nobody_listening() -> None:
    assert work() == 7


def test_a_listener_needs_no_base_class_and_hears_all_in_order() -> None:
    listener = Listener()
    assert work(listener) == 7
    assert listener.heard == [
        ("core.nature_observed", 2),
        (1,),
        ("core.nature_modelled", None),
        (3,),
    ]
