"""The tiny region with published people by year."""

from dataclasses import replace

import pandas as pd

from onecity.region.store import Region
from tests.tiny import tiny_manifest, tiny_tables


def with_years(rows: list[tuple[str, str, int, float]]) -> Region:
    """The tiny region with published people by year."""
    tables = tiny_tables()
    manifest = tiny_manifest(tables)
    years = pd.DataFrame(rows, columns=["level", "code", "year", "people"]).assign(
        date=None, source="invented", grade="B", note=None
    )
    record = replace(manifest.tables["census"], rows=len(years))
    known = manifest.with_tables({**manifest.tables, "population_years": record})
    return Region.from_tables(known, {**tables, "population_years": years})
