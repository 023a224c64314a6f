"""A dossier is one sheet of paper: borders that most is said of, and the first links."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from onecity.core.words import LANGUAGES
from onecity.report.dossier import page_of
from onecity.report.dossiers import border_dossier, proposal_dossier
from onecity.strands.transport import strand as transport

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BORDERS, LINKS = 4, 5
ROOM = 0.97
"""Share of the page at most: other fonts are a little wider."""
MM = 96 / 25.4
A4 = {"width": round((210 - 24) * MM), "height": round((297 - 24) * MM)}


@pytest.fixture(scope="module")
def dossiers(wuhan: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The borders that most is said of, and the first links."""
    borders = [one for one in wuhan.findings.borders if len(one.codes) == 2]
    borders.sort(key=lambda one: -sum(len(remark.text("en")) for remark in one.remarks))
    pages = {
        f"border {'-'.join(one.codes)}": border_dossier(
            wuhan.region, wuhan.findings, wuhan.layers, one.codes
        )
        for one in borders[:BORDERS]
    }
    links = transport.propose(wuhan.region)[:LINKS]
    assert len(links) == LINKS
    pages |= {f"link {one.rank}": proposal_dossier(wuhan.region, one) for one in links}
    folder = tmp_path_factory.mktemp("专题")
    files = []
    for name, page in pages.items():
        files.append(folder / f"{name}.html")
        files[-1].write_text(page_of(wuhan.region, page), "utf-8")
    return files


def test_every_dossier_is_printed_on_one_page(browser: "Browser", dossiers: list[Path]) -> None:
    context = browser.new_context(viewport=A4)  # type: ignore[arg-type]
    page = context.new_page()
    page.emulate_media(media="print")
    filled: dict[tuple[str, str, str], float] = {}
    for file in dossiers:
        page.goto(file.as_uri())
        for language in LANGUAGES:
            page.evaluate(f"document.documentElement.dataset.lang = '{language}'")
            height = page.evaluate("document.body.getBoundingClientRect().height")
            filled[file.stem.split()[0], language, file.as_uri()] = height / A4["height"]
    assert {key: share for key, share in filled.items() if share > ROOM} == {}
    # The fullest of each kind, on paper.
    for kind in ("border", "link"):
        for language in LANGUAGES:
            same = {
                uri: s for (k, spoken, uri), s in filled.items() if (k, spoken) == (kind, language)
            }
            page.goto(f"{max(same, key=same.__getitem__)}?lang={language}")
            pdf = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    context.close()
