"""The error of what comes from outside and is not as it must be."""

from onecity.core.errors import InputError


class Refusal(InputError):  # noqa: N818  (what is answered is called so)
    """What came is not taken; `key` says why, in words that its sender may read."""
