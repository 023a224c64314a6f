"""Verification: whether what a node keeps is what happened, checked offline from its files.

It needs the folder of a node, its store alone, or a backup; it writes nothing into any of them.
Each check names the first record that is wrong, and why. With the folders of several nodes, what
one says that it sent is compared with what the others say that they took.
"""

from .checking import CHECKS, Checked, Report, verify
from .faults import Fault

__all__ = ["CHECKS", "Checked", "Fault", "Report", "verify"]
