"""The vault: what is personal lies sealed, under a key for each owner that can be destroyed."""

from .keeping import KeyStore, Lock, Vault, Wrapped
from .master import MasterKeys

__all__ = ["KeyStore", "Lock", "MasterKeys", "Vault", "Wrapped"]
