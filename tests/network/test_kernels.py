"""Compiled code that is kept on disk is never older than any source it was made from."""

from onecity.network import access, flow, hierarchy, metric, sweep
from onecity.network.kernels import SOURCES


def test_kept_code_carries_the_stamp_of_all_sources() -> None:
    kernels = (
        access.add_batch, flow.dissect, hierarchy.build, metric._customise, sweep.fill_times,
    )  # fmt: skip
    for kernel in kernels:
        assert kernel._cache._cache_file._source_stamp == SOURCES
