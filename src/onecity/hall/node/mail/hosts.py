"""Whose certificates are believed where a node is reached over TLS."""

import ssl
from functools import cache


@cache
def believed_hosts() -> ssl.SSLContext:
    """Return what checks certificates: by the authorities that this machine believes.

    An office with an authority of its own adds it there; nothing is brought along that would have
    to be kept new. Messages are signed besides, whatever carries them.
    """
    return ssl.create_default_context()
