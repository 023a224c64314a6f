"""Conditions of a process: plain comparisons of what was said, and nothing that runs code.

A process comes from a file that somebody drew. What stands on its arrows is read by this small
grammar alone: names, texts, whole numbers, ``true`` and ``false``, comparisons, ``in``, ``and``,
``or``, ``not`` and brackets. A name that nobody gave a value is ``None``. The spellings of other
drawing programs, ``${...}`` around it and ``=`` before it, are taken off.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

_LONGEST = 500
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.In: lambda one, several: one in several,
        ast.NotIn: lambda one, several: one not in several,
    }
)
_SPELLED = MappingProxyType({"true": True, "false": False, "null": None})


OUTCOME = "outcome"
"""What was said last."""
FACTS = frozenset({OUTCOME, "way", "applicant", "from_city", "on_behalf"})
"""What conditions may ask for: what was said last, and what a case is from the start."""


class ConditionError(ValueError):
    """A condition is none that this grammar reads."""


@lru_cache(maxsize=512)
def parsed(text: str) -> ast.expr:
    """Return a condition as a tree that holds what is allowed alone.

    Raises
    ------
    ConditionError
        It holds something else.
    """
    bare = text.strip().removeprefix("=").strip()
    if bare.startswith("${") and bare.endswith("}"):
        bare = bare[2:-1].strip()
    if not bare or len(bare) > _LONGEST:
        raise ConditionError(text)
    try:
        tree = ast.parse(bare, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConditionError(text) from error
    if not _is_plain(tree):
        raise ConditionError(text)
    return tree


def holds(text: str, values: Mapping[str, Any]) -> bool:
    """Return whether a condition holds; what cannot be compared does not.

    Raises
    ------
    ConditionError
        See `parsed`.
    """
    try:
        return bool(_value(parsed(text), values))
    except TypeError:  # 3 < "a"
        return False


def is_answered(text: str) -> bool:
    """Return whether a condition is understood, and asks for nothing but `FACTS`."""
    try:
        tree = parsed(text)
    except ConditionError:
        return False
    return _names(tree) <= FACTS | set(_SPELLED)


def facts_asked(text: str) -> frozenset[str]:
    """Return which facts of a case a condition asks for, besides what was said last."""
    return frozenset(_names(parsed(text)) & FACTS - {OUTCOME})


def texts(text: str) -> frozenset[str]:
    """Return the texts that stand in a condition."""
    found = (node for node in ast.walk(parsed(text)) if isinstance(node, ast.Constant))
    return frozenset(node.value for node in found if isinstance(node.value, str))


def _names(tree: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def outcomes(text: str) -> tuple[str, ...]:
    """Return the values of ``outcome`` for which a condition is meant, as far as it names them."""
    named = []
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name):
            right = node.comparators[0]
            if node.left.id == OUTCOME and isinstance(node.ops[0], ast.Eq | ast.In):
                several = right.elts if isinstance(right, ast.Tuple | ast.List) else [right]
                named += [one.value for one in several if isinstance(one, ast.Constant)]
    return tuple(one for one in named if isinstance(one, str))


def _is_plain(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return True
        case ast.Constant(value=value):
            return value is None or isinstance(value, str | bool | int)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.BoolOp(values=parts):
            return all(map(_is_plain, parts))
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _is_plain(inner)
        case ast.Compare(left=left, ops=[one], comparators=[right]):
            return type(one) in _COMPARED and _is_plain(left) and _is_plain(right)
    return False


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:  # noqa: PLR0911  (one each)
    match node:
        case ast.Name(id=name):
            return _SPELLED[name] if name in _SPELLED else values.get(name)
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [_value(one, values) for one in parts]
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(one, values) for one in parts)
        case ast.BoolOp(values=parts):
            return any(_value(one, values) for one in parts)
        case ast.UnaryOp(operand=inner):
            return not _value(inner, values)
        case ast.Compare(left=left, ops=[one], comparators=[right]):
            return _COMPARED[type(one)](_value(left, values), _value(right, values))
    raise ConditionError(ast.dump(node))
