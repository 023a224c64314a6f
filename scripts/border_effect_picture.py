"""The picture of docs/explanation/border-effect.md, and the numbers it shows.

    python scripts/border_effect_picture.py              draw it from the numbers that are kept
    python scripts/border_effect_picture.py FLOWS        find the numbers again, then draw it

FLOWS is a folder with flows between 375 Chinese cities on 14 days of 2020 (published lists of each
city's largest partners, Apache-2.0) and the cities' positions. Numbers are kept beside the page,
as JSON: `border-effect.json`.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import Delaunay

from onecity.models.gravity.circles import GroupEffect, circle_flows, compact_groups
from onecity.models.partition import join_pieces, neighbours, random_partitions
from onecity.models.regions import cross_border, flow_matrix, modularity
from onecity.region.flows import all_pairs
from onecity.region.sources.flows import Stated, join_flows, read_flows
from onecity.strands.travel import straight_km

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation"
NUMBERS, PICTURE = PAGE / "border-effect.json", PAGE / "border-effect.svg"

FLOWS = ((0, 80, 6, 2), (70, 0, 4, 3), (5, 4, 0, 60), (2, 3, 55, 0))
"""Four places in two cities."""
BETA = -1.5

WUHAN = (420100, 420200, 420700, 420900, 421100, 421200, 429004, 429005, 429006)
FILES = ("tencent_mobility_375cities_14days.csv.gz", "tencent_city_coordinates.csv")
REACH_KM = 500.0
MADE_UP = 39
REDRAWS = 10


# --- Numbers ------------------------------------------------------------------------------


def example() -> dict[str, float]:
    """Return what flows of four places say, percent."""
    origin, destination = np.nonzero(np.array(FLOWS))
    flows = flow_matrix(origin, destination, np.array(FLOWS)[origin, destination])
    found = cross_border(flows, [0, 0, 1, 1], BETA)
    return {
        "share": 100 * found.share,
        "open_share": 100 * found.open_share,
        "modularity": modularity(flows, [0, 0, 1, 1]),
    }


def cities(folder: Path, made_up: int = MADE_UP, redraws: int = REDRAWS) -> dict[str, Any]:
    """Return what the lists of 375 cities say of province borders and of the Wuhan circle."""
    lists, known = read_lists(folder)
    lon, lat = known["Long"].to_numpy(float), known["Lat"].to_numpy(float)
    o, d = lists.origin, lists.destination
    km = straight_km(lon[o], lat[o], lon[d], lat[d])
    near = (km > 1) & (km < REACH_KM)
    code = known["Code"].to_numpy()
    province = np.unique(code // 10_000, return_inverse=True)[1]
    x, y = 111 * np.cos(np.radians(33)) * lon, 111 * lat
    corners = Delaunay(np.column_stack([x, y])).simplices
    touching = join_pieces(neighbours(corners.ravel(), corners[:, [1, 2, 0]].ravel(), len(x)), x, y)
    sizes = np.maximum(np.bincount(province), 5)  # parts of one city cannot be met
    found = circle_flows(
        o[near],
        d[near],
        lists.flow[near],
        lists.listed[near],
        km[near],
        circle=np.where(np.isin(code, WUHAN), 0, -1),
        province=province,
        circle_placebos=compact_groups(x, y, [len(WUHAN)], count=made_up),
        province_placebos=random_partitions(touching, sizes, count=made_up, tolerance=0.5).part,
        redraws=redraws,
    )
    return {
        "cities": len(known),
        "pairs": int(near.sum()),
        "listed": int(lists.listed[near].sum()),
        "province": told(found.province),
        "circle": told(found.circle),
        "city_border": found.city is not None,
    }


def read_lists(folder: Path) -> tuple[Any, pd.DataFrame]:
    """Return all pairs of cities with what their lists say, and the cities."""
    rows = pd.read_csv(folder / FILES[0])
    rows.columns = pd.Index(["day", "origin", "destination", "value"])
    known = pd.read_csv(folder / FILES[1]).drop_duplicates("Name").reset_index(drop=True)
    # Days list the same pairs, so that a list and its last place are those of the sum.
    total: Any = rows.groupby(["origin", "destination"], as_index=False)["value"].sum()
    codes = {"city": list(known["Name"])}
    file = folder / FILES[0]
    table = _as_read(total, file, codes)
    return all_pairs(table, codes["city"], level="city", kind="mobility", year=2020), known


def _as_read(total: pd.DataFrame, file: Path, codes: dict[str, list[str]]) -> pd.DataFrame:
    """Return lists as a recipe reads them."""
    stated = Stated("city", "mobility", 2020, "index", "top")
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{file.name}.parquet"
        total.to_parquet(path)
        return join_flows([read_flows(path, codes=codes, stated=stated)], codes).table


def told(effect: GroupEffect) -> dict[str, Any]:
    """Return a factor with its interval and those of made-up groups."""
    known = effect.placebos[~np.isnan(effect.placebos)]
    return {
        "factor": effect.factor,
        "interval": list(effect.factor_interval),
        "made_up": sorted(np.exp(known).tolist()),
        "p": effect.p_value,
    }


# --- Picture ------------------------------------------------------------------------------

WIDE, HIGH = 860, 330
INK, PALE, BLUE, ORANGE = "#24292f", "#8c959f", "#225ea8", "#cc4c02"
LEFT, SPAN = 500, 320
"""Where the right half's axis begins, and how long it is."""
LOW, TOP = 0.25, 3.0
TICKS = (0.25, 0.5, 1.0, 2.0, 3.0)


def picture(numbers: dict[str, Any]) -> str:
    """Return the picture as SVG."""
    one, many = numbers["example"], numbers["cities"]
    title = (
        f"Of all flows {one['share']:.1f} % cross the border; without it {one['open_share']:.1f} % "
        f"would. Province borders let {many['province']['factor']:.2f} through."
    )
    look = f'role="img" font-family="sans-serif" font-size="13" fill="{INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" {look}>',
        f"<title>{title}</title>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="#ffffff"/>',
        *_bars(one),
        *_dots(many),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, words: str, **more: str) -> str:
    given = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{given}>{words}</text>'


def _bars(one: dict[str, float]) -> list[str]:
    """Draw the share that crosses, now and without borders."""
    parts = [
        _text(20, 30, "跨市流量占比 Share of flows that cross", font_weight="bold"),
        _text(20, 50, "四地两市的例子 four places in two cities", fill=PALE),
    ]
    rows = (
        (one["share"], ORANGE, "现在 now"),
        (one["open_share"], BLUE, "若无边界 without a border"),
    )
    for k, (share, colour, name) in enumerate(rows):
        y = 90 + 90 * k
        width = 8 * share
        parts += [
            _text(20, y, name),
            f'<rect x="20" y="{y + 10}" width="{width:.1f}" height="34" fill="{colour}"/>',
            _text(28 + width, y + 33, f"{share:.1f} %", font_weight="bold"),
        ]
    gap = one["open_share"] - one["share"]
    words = f"缺失的往来，占全部 missing, of all flows: {gap:.1f} %"
    return [*parts, _text(20, 290, words, fill=ORANGE, font_weight="bold")]


def _x(factor: float) -> float:
    share = np.log(factor / LOW) / np.log(TOP / LOW)
    return float(LEFT + SPAN * np.clip(share, 0, 1))


def _dots(many: dict[str, Any]) -> list[str]:
    """Draw factors on flows with intervals, above those of made-up groups."""
    names = (
        ("province", "跨省界 across a province border"),
        ("circle", "同在武汉圈 within the Wuhan circle"),
    )
    parts = [
        _text(
            LEFT - 40,
            30,
            "流量是其他条件相同时的几倍 Flows, everything else equal",
            font_weight="bold",
        ),
        _text(LEFT - 40, 50, f"{many['cities']} 个城市 cities, 2020", fill=PALE),
        f'<line x1="{_x(1):.1f}" x2="{_x(1):.1f}" y1="66" y2="262" stroke="{PALE}"/>',
        f'<line x1="{LEFT}" x2="{LEFT + SPAN}" y1="262" y2="262" stroke="{INK}"/>',
    ]
    for tick in TICKS:
        x = _x(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="262" y2="267" stroke="{INK}"/>')
        parts.append(_text(x, 282, f"{tick:g}", text_anchor="middle"))
    for k, (key, name) in enumerate(names):
        y, effect = 108 + 98 * k, many[key]
        low, high = (_x(end) for end in effect["interval"])
        sure = effect["interval"][1] < 1 or effect["interval"][0] > 1
        colour = ORANGE if sure else INK
        parts.append(_text(LEFT - 40, y - 20, name))
        parts += _made_up(effect["made_up"], y + 24)
        ends = f'x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"'
        parts += [
            f'<line {ends} stroke="{colour}" stroke-width="3"/>',
            f'<circle cx="{_x(effect["factor"]):.1f}" cy="{y}" r="6" fill="{colour}"/>',
            _text(high + 10, y + 5, f"{effect['factor']:.2f}", font_weight="bold", fill=colour),
        ]
    words = "灰点：虚拟的省界和城市圈 grey: made-up borders and circles"
    return [*parts, _text(LEFT - 40, 312, words, fill=PALE)]


def _made_up(factors: Sequence[float], y: float) -> list[str]:
    return [
        f'<circle cx="{_x(one):.1f}" cy="{y}" r="3.5" fill="{PALE}" fill-opacity="0.45"/>'
        for one in factors
    ]


def main() -> None:
    """Find numbers where flows are given, and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("flows", type=Path, nargs="?", metavar="FLOWS")
    folder = parser.parse_args().flows
    if folder is not None:
        found = {"example": example(), "cities": cities(folder)}
        NUMBERS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    PICTURE.write_text(picture(json.loads(NUMBERS.read_text("utf-8"))), "utf-8")


if __name__ == "__main__":
    main()
