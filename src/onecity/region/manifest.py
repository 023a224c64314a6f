"""The manifest of a region: what it holds, where that came from, what was assumed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

from onecity.core.errors import StoreError
from onecity.core.provenance import Grade, Nature, Source
from onecity.core.words import Language, Sentence

from .schema import VERSION

FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number of the recipe that no source gives, with the reason for it.

    `low` and `high` bound what is believable; figures that hang on it are shown with
    the range they give.
    """

    key: str
    value: float | str
    unit: str
    reason_zh: str
    reason_en: str
    low: float | None = None
    high: float | None = None

    def text(self, language: Language) -> str:
        """Return the reason in one language."""
        return self.reason_zh if language == "zh" else self.reason_en


@dataclass(frozen=True, slots=True)
class TableRecord:
    """What the manifest knows of one table.

    `sources` are keys of `Manifest.sources`; `sha256` is that of the table's file.
    """

    rows: int
    sha256: str
    sources: tuple[str, ...]
    nature: Nature
    grade: Grade
    remarks: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a region besides its tables."""

    key: str
    title_zh: str
    title_en: str
    core_city: str
    made_by: str
    recipe_sha256: str
    sources: Mapping[str, Source]
    assumptions: tuple[Assumption, ...]
    tables: Mapping[str, TableRecord]
    records: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[Sentence, ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()
    schema: int = VERSION

    @property
    def hash(self) -> str:
        """Name of this state of the region: sha256 over the manifest, tables included."""
        return sha256(self.to_json().encode()).hexdigest()

    def text(self, language: Language) -> str:
        """Return the title in one language."""
        return self.title_zh if language == "zh" else self.title_en

    def with_tables(self, tables: Mapping[str, TableRecord]) -> "Manifest":
        """Return a copy with other table records."""
        return replace(self, tables=dict(tables))

    def to_json(self) -> str:
        """Return the manifest as JSON, keys sorted, so that equal regions hash equally."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, where: str) -> "Manifest":
        """Read a manifest.

        Raises
        ------
        StoreError
            If the text is damaged, or was written with another version of the schema.
        """
        try:
            raw = json.loads(text)
            schema = int(raw["schema"])
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError("region.manifest_damaged", where=where, reason=error) from error
        if schema != VERSION:
            key = "region.schema_newer" if schema > VERSION else "region.schema_older"
            raise StoreError(
                key, where=where, given=schema, known=VERSION, made_by=raw.get("made_by", "?")
            )
        try:
            return cls(
                **{
                    **raw,
                    "sources": {k: _source(v) for k, v in raw["sources"].items()},
                    "assumptions": tuple(Assumption(**a) for a in raw["assumptions"]),
                    "tables": {k: _record(v) for k, v in raw["tables"].items()},
                    "remarks": _sentences(raw["remarks"]),
                    "history": tuple(raw["history"]),
                }
            )
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError("region.manifest_damaged", where=where, reason=error) from error


def _source(raw: dict[str, Any]) -> Source:
    return Source(**{**raw, "grade": Grade(raw["grade"]), "nature": Nature(raw["nature"])})


def _record(raw: dict[str, Any]) -> TableRecord:
    return TableRecord(
        rows=int(raw["rows"]),
        sha256=str(raw["sha256"]),
        sources=tuple(raw["sources"]),
        nature=Nature(raw["nature"]),
        grade=Grade(raw["grade"]),
        remarks=_sentences(raw["remarks"]),
    )


def _sentences(raw: list[dict[str, Any]]) -> tuple[Sentence, ...]:
    return tuple(Sentence(one["key"], one["values"]) for one in raw)
