"""The one page is one sheet of paper, whatever the ledger holds."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from onecity.core.words import LANGUAGES
from onecity.programme.ledger.model import Place
from onecity.region.store import Region
from onecity.report.ledger import one_page, written
from tests.report.ledger.books import book, items, returns
from tests.report.ledger.test_facts import QUARTER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_one_page_is_printed_on_one_page(
    browser: "Browser", region: Region, tmp_path: Path
) -> None:
    codes = [str(one) for one in region.table("counties")["county"]]
    several = [
        replace(
            one,
            title=f"打通武鄂黄黄快速路断头段并完善沿线公交接驳与慢行系统{one.title}",
            place=Place(counties=(codes[row % len(codes)],)),
        )
        for row, one in enumerate(items(400, 3))
    ]
    made = one_page(book(several), *QUARTER, region=region, events=returns(several))
    context = browser.new_context()
    page = context.new_page()
    for language in LANGUAGES:
        file = tmp_path / f"{language}.html"
        file.write_bytes(written(made, "html", language))
        page.goto(file.as_uri())
        pdf = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, language
    context.close()
