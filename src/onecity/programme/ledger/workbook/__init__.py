"""Excel out, edited, in: the ledger as a workbook, checked to the cell when it comes back."""

from .reading import annotated, read
from .writing import content, written

__all__ = ["annotated", "content", "read", "written"]
