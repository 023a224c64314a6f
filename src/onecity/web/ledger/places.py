"""Names of cities and counties, from the region where the service has one."""

from onecity.web.desk import Desk
from onecity.web.words import named

Names = dict[str, dict[str, str]]


def county_names(desk: Desk) -> Names:
    """Return the names of counties by code; none without a region."""
    return _names(desk, "counties", "county")


def city_names(desk: Desk) -> Names:
    """Return the names of cities by code; none without a region."""
    return _names(desk, "cities", "city")


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
