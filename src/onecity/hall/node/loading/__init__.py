"""Cases of another system, brought in by the hundred thousand."""

from .columns import DATA, NEEDED, OPTIONAL, Fault
from .loader import BATCH, FaultsError, Loaded, load_file, load_rows

__all__ = [
    "BATCH",
    "DATA",
    "NEEDED",
    "OPTIONAL",
    "Fault",
    "FaultsError",
    "Loaded",
    "load_file",
    "load_rows",
]
