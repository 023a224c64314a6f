"""Projects in the Open Contracting for Infrastructure Data Standard (OC4IDS), out and in."""

from .reading import read
from .schema import schema, wrong_in
from .writing import Packed, content, package, packed

__all__ = ["Packed", "content", "package", "packed", "read", "schema", "wrong_in"]
