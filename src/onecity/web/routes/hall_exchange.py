"""The hall among nodes: what they send each other, whom they believe, and how they are."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from onecity.web.asking import desk_of
from onecity.web.desk import Desk
from onecity.web.hall.asked import READ, HallHand, Visitor
from onecity.web.hall.health_shapes import HallHealth
from onecity.web.problems import READING, documented

router = APIRouter(tags=["hall"])
_JSON: Mapping[str, Any] = {"application/json": {"schema": {"type": "object"}}}
_PATH = "/hall/exchange"


@router.post(
    _PATH,
    summary="Messages of another node 节点交换",
    response_class=Response,
    openapi_extra={"requestBody": {"required": True, "content": dict(_JSON)}},
    responses={
        **READING,
        **documented(403),
        **{
            status: {"description": told, "content": dict(_JSON)}
            for status, told in (
                (200, "What became of each message, signed"),
                (400, "Nothing that could be read, signed"),
                (401, "Not signed by a node that is believed"),
                (413, "More than is taken at once"),
                (503, "Not now: come again"),
            )
        },
    },
)
async def exchange(request: Request) -> Response:
    """Take messages that another node signed (RFC 9421); the answer is signed too.

    No cookie counts here, and no key of a program: the signature alone says who asks.
    """
    desk = desk_of(request)
    body = await request.body()
    # Whoever stands before this service may speak another scheme: the sender signed its own.
    status, headers, content = await run_in_threadpool(_received, desk, request, body)
    # An answer is signed as it stands: it must not be packed on the way.
    sent = {**headers, "Content-Encoding": "identity", "Cache-Control": "no-store"}
    return Response(content, status, sent)


def _received(desk: Desk, request: Request, body: bytes) -> tuple[int, Mapping[str, str], bytes]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    reply = desk.hall.mail.receive(headers, body, request.method, str(request.url))
    return reply.status, reply.headers, reply.body


@router.get(
    "/hall/trust",
    summary="Nodes that are believed 信任名单",
    response_class=Response,
    responses={**READ, 200: {"content": dict(_JSON)}},
)
def trust(hand: Visitor) -> Response:
    """Return the signed list of nodes, as this node believes it: keys, cities, addresses."""
    return Response(hand.node.trust.text(), media_type="application/json")


@router.get("/hall/health", summary="How the node is 节点状态", responses=READ)
def health(hand: Visitor) -> HallHealth:
    """Return whether the node is well: its store, its log, and how it talks with each other one.

    Nothing is told of anybody's case.
    """
    return HallHealth.model_validate(_health(hand))


def _health(hand: HallHand) -> dict[str, Any]:
    node = hand.node
    head = node.office.trail.head()
    return {
        "node": node.code,
        "database": node.office.database.dialect,
        "log_head": str(head),
        "clock": hand.now,
        "trust": {
            "version": node.trust.version,
            "issued": node.trust.issued,
            "until": node.trust.until,
            "state": node.trust.age(hand.now).value,
        },
        "peers": [
            {
                "node": one.code,
                "waiting": one.waiting,
                "last_ok": one.last_ok,
                "state": one.state,
                "reason": one.reason,
            }
            for one in node.mail.peers()
        ],
    }
