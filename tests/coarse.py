"""The circle that ships, with large zones and few draws: all of it, made in seconds."""

import shutil
from pathlib import Path

WUHAN = Path(__file__).resolve().parents[1] / "regions" / "wuhan"
SIMPLER = """
[assumptions.link_draws]
value = 10
unit = "count"
reason_zh = "测试从简"
reason_en = "enough for a test"

[assumptions.traffic_trips]
value = 0.5
unit = "trips/day"
reason_zh = "测试从简：车少则很快分配完"
reason_en = "enough for a test: light traffic is soon assigned"
"""


def coarse_recipe(folder: Path) -> Path:
    """Copy the shipped recipe to a folder that is not there yet, made coarse; return the folder."""
    shutil.copytree(WUHAN, folder)
    file = folder / "region.toml"
    text = file.read_text("utf-8")
    assert "resolution = 7" in text
    file.write_text(text.replace("resolution = 7", "resolution = 5") + SIMPLER, "utf-8")
    return folder
