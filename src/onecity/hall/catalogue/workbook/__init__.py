"""A catalogue as an Excel workbook, out and in: every fault at its cell."""

from .reading import Intake, read_workbook
from .writing import write_workbook

__all__ = ["Intake", "read_workbook", "write_workbook"]
