"""A region: an immutable set of tables with a manifest, kept as a folder of GeoParquet."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import geopandas as gpd
import pandas as pd
import pyarrow as pa

from onecity.core.errors import MissingError, StoreError
from onecity.core.provenance import Grade, Nature

from .interventions import Intervention
from .manifest import FILE, Manifest, TableRecord
from .schema import TABLES
from .validation import check_table

CACHE = ".cache"
"""Folder in the region's own for what can be computed again. It may be deleted at any time."""

_ROADS = frozenset({"road_nodes", "road_edges"})
_MADE = TableRecord(0, "", (), Nature.ASSUMED, Grade.E)
"""Of a table that only interventions made: what would be, no source says it."""


class Region:
    """A group of cities with all its tables; immutable.

    Made only by `open`, `from_tables` and `apply`. A table is read when it is first
    asked for; regions made by `apply` share every table they do not touch.
    """

    def __init__(
        self,
        manifest: Manifest,
        tables: Mapping[str, pd.DataFrame],
        path: Path | None,
        touched: frozenset[str] = frozenset(),
    ) -> None:
        self.manifest = manifest
        self.path = path
        self._tables = dict(tables)
        self._touched = touched

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open the region kept in folder `path`.

        Raises
        ------
        MissingError
            If there is no region there.
        StoreError
            If it is damaged or was written with another schema version.
        """
        folder = Path(path)
        _recover(folder)
        file = folder / FILE
        if not file.is_file():
            key = "region.is_recipe" if (folder / "region.toml").is_file() else "region.no_region"
            raise MissingError(key, path=str(folder))
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError("region.manifest_damaged", where=str(file), reason=error) from error
        return cls(Manifest.from_json(text, str(file)), {}, folder)

    @classmethod
    def from_tables(cls, manifest: Manifest, tables: Mapping[str, pd.DataFrame]) -> Self:
        """Make a region in memory; every table is checked against the schema.

        Raises
        ------
        InputError
            If a table has a missing column, a wrong type, an empty cell or a key twice.
        MissingError
            If a table the schema requires is not given.
        """
        for name, schema in TABLES.items():
            if name in tables:
                check_table(tables[name], schema)
            elif not schema.optional:
                raise MissingError("region.no_table", table=name, path="-")
        return cls(manifest, tables, None)

    def has(self, name: str) -> bool:
        """Whether the region holds the table `name`."""
        return name in self._tables or name in self.manifest.tables

    def table(self, name: str) -> Any:
        """Return a table: GeoDataFrame (WGS-84) or DataFrame; changing it changes a copy.

        Raises
        ------
        MissingError
            If the region has no such table.
        StoreError
            If its file is missing or damaged.
        """
        if name not in self._tables:
            if self.path is None or name not in self.manifest.tables:
                raise MissingError("region.no_table", table=name, path=str(self.path or "-"))
            self._tables[name] = _read(self.path, name, self.manifest.tables[name])
        return self._tables[name].copy(deep=False)

    @cached_property
    def hash(self) -> str:
        """Name of this state of the region; equal hashes mean equal tables."""
        return self.manifest.hash

    def apply(self, interventions: Iterable[Intervention]) -> "Region":
        """Return the region with some interventions done, in order; this one stays as it is.

        Raises
        ------
        InputError, MissingError
            If an intervention does not fit the region.
        """
        tables, history = dict(self._tables), list(self.manifest.history)
        touched = self._touched
        done = Region(self.manifest, tables, self.path)
        for intervention in interventions:
            changed = intervention.change(done.table)
            tables.update(changed)
            touched |= set(changed)
            done = Region(self.manifest, tables, self.path)
            history.append(intervention.as_record())
        manifest = replace(self.manifest, history=tuple(history))
        return Region(manifest, tables, self.path, touched)

    def differing(self, other: "Region") -> frozenset[str]:
        """Return the tables that interventions made differ from those of another region.

        Where both come from one region, by `apply`, all others are shared. Where they do not,
        every table may differ.
        """
        if self.path != other.path or self.manifest.tables != other.manifest.tables:
            return frozenset(TABLES)
        mine, theirs = self._tables, other._tables  # noqa: SLF001  (of this class)
        touched: set[str] = set(self._touched | other._touched)  # noqa: SLF001
        # Made in memory, a region holds all its tables; opened, those that were asked for.
        names = touched if self.path else {*mine, *theirs}
        return frozenset(name for name in names if mine.get(name) is not theirs.get(name))

    def write(self, path: str | os.PathLike[str]) -> "Region":
        """Write the region to the folder `path` and return it as opened from there.

        All is written beside the folder first and renamed into place, so that a crash
        leaves the old region or the new one. Tables that are still those of a folder share
        its files, where the file system allows it; so do caches, if the roads are the same.

        Raises
        ------
        StoreError
            If it cannot be written, or a file to be shared is not the one that the region
            was opened with; nothing is changed then.
        """
        folder = Path(path).absolute()
        _recover(folder)
        if folder.exists() and any(folder.iterdir()) and not (folder / FILE).is_file():
            raise StoreError("region.folder_taken", path=str(folder))
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
        except OSError as error:
            raise StoreError("region.not_written", path=str(folder), reason=error) from error
        try:
            records = {name: self._write_table(scratch, name) for name in TABLES if self.has(name)}
            manifest = self.manifest.with_tables(records)
            (scratch / FILE).write_text(manifest.to_json(), encoding="utf-8")
            _sync(scratch / FILE)
            if self.path is not None and not self._touched & _ROADS:
                _share_caches(self.path, scratch)
            scratch.chmod(0o755)
            _swap(scratch, folder)
        except StoreError:
            raise
        except (OSError, pa.ArrowException) as error:
            raise StoreError("region.not_written", path=str(folder), reason=error) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return Region(manifest, self._tables, folder)

    def _write_table(self, folder: Path, name: str) -> TableRecord:
        file = folder / f"{name}.parquet"
        if self.path is not None and name not in self._touched:
            _share(self.path / file.name, file)
            check_file(file, name, self.manifest.tables[name])
            return self.manifest.tables[name]
        table = self.table(name)
        table.to_parquet(file, index=False, compression="zstd")
        _sync(file)
        known = self.manifest.tables.get(name, _MADE)
        return replace(known, rows=len(table), sha256=file_hash(file))


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimals."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_file(file: Path, name: str, record: TableRecord) -> None:
    """Do nothing if a file is the one that a manifest speaks of.

    Raises
    ------
    StoreError
        It is missing, or not the one.
    """
    if not file.is_file():
        raise StoreError("region.table_missing", path=str(file), table=name)
    if file_hash(file) != record.sha256:
        raise StoreError("region.table_changed", path=str(file), table=name)


def _share(source: Path, target: Path) -> None:
    """Let `target` be the same file as `source`, or a copy where the file system has no links.

    Files of a region are replaced, never written into, so that sharing them is safe.
    """
    try:
        # Not the link, if it is one, but what it leads to.
        os.link(source.resolve(strict=True), target)
    except FileNotFoundError as error:
        raise StoreError("region.table_missing", path=str(source), table=source.stem) from error
    except OSError:
        shutil.copyfile(source, target)
        _sync(target)


def _share_caches(source: Path, target: Path) -> None:
    """Hand on what was computed from the same roads; what cannot be is computed again."""
    with suppress(OSError):
        files = [one for one in (source / CACHE).iterdir() if one.is_file()]
        (target / CACHE).mkdir()
        for one in files:
            if not one.name.startswith("."):  # being written just now
                _share(one, target / CACHE / one.name)


def _read(folder: Path, name: str, record: TableRecord) -> pd.DataFrame:
    file = folder / f"{name}.parquet"
    if not file.is_file():
        raise StoreError("region.table_missing", path=str(file), table=name)
    reader = gpd.read_parquet if TABLES[name].geometry else pd.read_parquet
    try:
        table: pd.DataFrame = reader(file)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StoreError("region.table_damaged", path=str(file), reason=error) from error
    if len(table) != record.rows:
        raise StoreError(
            "region.table_rows", path=str(file), given=len(table), expected=record.rows
        )
    return table


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system knows how."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _old(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.old"


def _swap(scratch: Path, folder: Path) -> None:
    """Put `scratch` where `folder` is. Between the two renames only `_old` exists."""
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    _sync_folder(scratch)
    if folder.exists():
        folder.rename(old)
    try:
        scratch.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    _sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path) -> None:
    """Bring back the old region if a crash fell between the two renames of `_swap`."""
    old = _old(folder)
    if old.is_dir() and not folder.exists():
        with suppress(OSError):
            old.rename(folder)
