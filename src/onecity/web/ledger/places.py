"""Names of cities and counties, from the region where the service has one."""

from onecity.programme.ledger.book import Book
from onecity.report.ledger.reports import city_name
from onecity.web.desk import Desk
from onecity.web.words import named, words

Names = dict[str, dict[str, str]]


def county_names(desk: Desk) -> Names:
    """Return the names of counties by code; none without a region."""
    return _names(desk, "counties", "county")


def city_names(desk: Desk, book: Book) -> Names:
    """Return the names of cities by code: of the region, and of the register beyond it.

    The register knows a city by the names of its units.
    """
    names = _names(desk, "cities", "city")
    others = {one.city for one in book.register if one.city is not None} - names.keys()
    told = {code: words(city_name(book.register, code, book.day)) for code in others}
    return names | told


def _names(desk: Desk, table: str, key: str) -> Names:
    if not desk.has_region:
        return {}
    state = desk.state

    def make() -> Names:
        rows = state.region.table(table)
        listed = zip(rows[key], rows["name_zh"], rows["name_en"], strict=True)
        return {str(code): named(zh, en) for code, zh, en in listed}

    found: Names = state.part(("ledger", table), make)
    return found
