"""Checks that a table is what the schema says; one place for all tables."""

import pandas as pd
from pandas.api import types

from onecity.core.errors import InputError

from .schema import CRS, Column, Kind, TableSchema

_SHAPES = {
    Kind.POINT: {"Point"},
    Kind.LINE: {"LineString", "MultiLineString"},
    Kind.AREA: {"Polygon", "MultiPolygon", "LineString", "MultiLineString"},
}


def check_table(table: pd.DataFrame, schema: TableSchema) -> None:
    """Check columns, types, empty cells, key and coordinate system of a table.

    Raises
    ------
    InputError
        Naming the table, the column and the first row that does not fit.
    """
    for column in schema.columns:
        if column.name not in table.columns:
            raise InputError("region.no_column", table=schema.name, column=column.name)
        _check_column(table[column.name], column, schema.name)
    key = list(schema.key)
    twice = table.duplicated(key, keep=False).to_numpy()
    if twice.any():
        row = int(twice.argmax())
        given = ", ".join(str(table[name].iloc[row]) for name in key)
        raise InputError("region.key_twice", table=schema.name, key=", ".join(key), given=given)
    if schema.geometry:
        crs = getattr(table, "crs", None)
        if crs is None or crs != CRS:
            raise InputError("region.wrong_crs", table=schema.name, given=crs, expected=CRS)


def _check_column(values: pd.Series, column: Column, table: str) -> None:
    empty = values.isna().to_numpy()
    if empty.any() and not column.nullable:
        row = int(empty.argmax())
        raise InputError("region.empty_cell", table=table, column=column.name, row=row)
    if column.kind in _SHAPES:
        shapes = set(values.dropna().geom_type.unique())
        right = shapes <= _SHAPES[column.kind]
        given: object = ", ".join(sorted(shapes - _SHAPES[column.kind]))
    else:
        right = _FITS[column.kind](values) or bool(empty.all())
        given = values.dtype
    if not right:
        raise InputError(
            "region.wrong_type",
            table=table,
            column=column.name,
            given=given,
            expected=column.kind.value,
        )


def _is_text(values: pd.Series) -> bool:
    return bool(types.is_string_dtype(values.dropna()))


_FITS = {
    Kind.TEXT: _is_text,
    Kind.INTEGER: types.is_integer_dtype,
    Kind.REAL: types.is_float_dtype,
    Kind.FLAG: types.is_bool_dtype,
}
