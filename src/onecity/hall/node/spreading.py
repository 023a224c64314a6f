"""The list of nodes finds its way: each node asks the others now and then for a newer one.

Whoever issues lists gives a new one to any node; within minutes all that can be reached have it.
It does not matter whom it comes from: the anchor's signature is checked, and the version must be
newer than the one in use.
"""

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import httpx

from onecity.core.errors import OneCityError
from onecity.core.files import replacing
from onecity.hall.wire import Anchor, TrustList

from .mail.hosts import believed_hosts
from .node import ANCHOR, TRUST

if TYPE_CHECKING:
    from .node import Node

PATH = "/api/v1/hall/trust"
LARGEST = 4_000_000
"""Bytes of a list that is read."""
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_OK = 200
_LOG = logging.getLogger(__name__)


def look_around(node: "Node", ended: threading.Event | None = None) -> bool:
    """Ask other nodes for a newer list and take the newest; whether there was one.

    Nodes that do not answer take seconds each: `ended` lets the round be broken off.
    """
    if not (node.folder / ANCHOR).is_file():
        return False
    anchor = Anchor.read(node.folder / ANCHOR)
    newest: tuple[TrustList, bytes] | None = None
    with closing(
        httpx.Client(timeout=_TIMEOUT, trust_env=False, verify=believed_hosts())
    ) as client:
        for peer in node.trust.standing(node.office.clock()):
            if ended is not None and ended.is_set():
                break
            if peer.code == node.code:
                continue
            least = (newest[0] if newest else node.trust).version + 1
            try:
                content = _asked(client, f"{peer.url}{PATH}")
                newest = (TrustList.parse(content, anchor, least=least), content)
            except (httpx.HTTPError, httpx.InvalidURL, OneCityError) as error:
                _LOG.debug("no newer list of nodes from %s: %s", peer.code, error)
    if newest is None or (ended is not None and ended.is_set()):
        return False
    with replacing(node.folder / TRUST) as draft:
        draft.write_bytes(newest[1])
    node.reload_trust()
    _LOG.info("list of nodes %d is in use", node.trust.version)
    return True


def _asked(client: httpx.Client, url: str) -> bytes:
    """Return what a node gives as its list; nothing where it gives none, or too much."""
    content = b""
    with client.stream("GET", url) as answer:
        if answer.status_code != _OK:
            return b""
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > LARGEST:
                return b""
    return content
