"""How a node is: its store, its log, the list of nodes that it believes, and its peers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class HallHealthPeer(BaseModel):
    """对端: another node as this one sees it."""

    node: str
    waiting: int
    last_ok: datetime | None
    state: str
    reason: str = Field(description="Key of a sentence; empty where all is well")


class HallHealthTrust(BaseModel):
    """信任名单: the list of nodes that is believed, and whether it has to be renewed."""

    version: int
    issued: datetime
    until: datetime | None = Field(description="When the office means to have issued a newer one")
    state: Literal["good", "soon", "over"]


class HallHealth(BaseModel):
    """节点状态: whether a node is well; nothing of anybody's case."""

    node: str
    database: str = Field(description="sqlite or postgresql")
    log_head: str | None = Field(description="Of the chained log")
    clock: datetime
    trust: HallHealthTrust
    peers: list[HallHealthPeer]
