"""Results: what was decided, as a document that the node signs; anybody can check it later.

The document says what was decided on which application by whom; its signature is by the node's
key under the trust list, over ``onecity result 1`` and the canonical JSON of the document.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from onecity.core.errors import InputError
from onecity.core.words import say
from onecity.hall.cases import Outcome, State, What
from onecity.hall.wire import Refusal, TrustList, canonical
from onecity.hall.wire.canonical import bytes_of, text_of
from onecity.identity.clock import moment, stamp

from .evident import ROW, evident
from .rows import Kept
from .tables.cases import RESULTS
from .writing import Write

if TYPE_CHECKING:
    from .acting import Acting
    from .mail.received import Received

_DOMAIN = b"onecity result 1\n"


def issue(acting: "Acting", outcome: Outcome | None, state: State, words: str) -> dict[str, Any]:
    """Make, sign and keep the result of a case, and return it; `outcome` None: not accepted."""
    write, case, item = acting.write, acting.case, acting.kept.item
    node = write.node
    catalogue = node.editions.catalogue(node.today())
    applicant = acting.application().get("applicant") or {}
    granted = outcome is Outcome.GRANT
    department = catalogue.department.get(case.authority)
    titles = {one.code: one.title for one in catalogue.documents}
    document: dict[str, Any] = {
        "type": "onecity-result-1",
        "number": f"{case.number}-R",
        "case": case.id,
        "case_number": case.number,
        "node": node.code,
        "item": {
            "code": case.item,
            "basic_code": item.basic_code,
            "version": case.version,
            "title": item.title,
        },
        "authority": {
            "code": case.authority,
            "title": case.authority if department is None else department.title,
        },
        "applicant": {
            name: applicant[name]
            for name in ("kind", "name", "id_number", "credit_code")
            if applicant.get(name)
        },
        "state": state.value,
        "outcome": None if outcome is None else outcome.value,
        "granted": granted,
        "words": words,
        "documents": [
            {"code": one, "title": titles.get(one, one)}
            for one in (item.results if granted else ())
        ],
        "issued_at": stamp(write.now),
        "issued_by": write.by.name,
        "marked": catalogue.marked,
    }
    key = node.keys.current(write.now)
    signature = {
        "kid": key.kid,
        "suite": key.suite.name,
        "value": text_of(key.sign(_DOMAIN + canonical(document))),
    }
    signed = {"document": document, "signature": signature}
    row = {
        "case": case.id,
        "number": document["number"],
        "at": stamp(write.now),
        "granted": int(granted),
        "unit": case.authority,
        "kid": key.kid,
        "sealed": write.seal(case.id, signed),
    }
    write.connection.execute(insert(RESULTS), row)
    told = {"number": document["number"], "granted": granted, "kid": key.kid}
    write.tell("case.result", "case", case.id, after={**told, ROW: evident(RESULTS, row)})
    return signed


def send(write: Write, kept: Kept, signed: Mapping[str, Any], codes: tuple[str, ...]) -> None:
    """Send a result to the nodes that follow the case."""
    document, case = signed["document"], kept.case
    body = {
        "case": case.id,
        "number": document["number"],
        "version": case.seen,
        "state": case.state.value,
        "what": (What.REJECTED if case.state is State.REJECTED else What.DECIDED).value,
        "granted": document["granted"],
        "outcome": document["outcome"],
        "words": document["words"],
        "at": document["issued_at"],
        "unit": case.authority,
        "signed_by": document["authority"]["title"],
        "document": signed,
        "hops": int(kept.more.get("hops", 0)),
    }
    for code in codes:
        write.send(code, "result", case.id, body, purpose=say("hall_node.purpose_result", "zh"))


def result_of(write: Write, case: str) -> dict[str, Any] | None:
    """Return the signed result of a case; None where there is none yet.

    Raises
    ------
    MissingError
        It was erased.
    """
    sealed = sealed_result(write.connection, case)
    if sealed is None:
        return None
    found: dict[str, Any] = write.unseal(case, sealed)
    return found


def sealed_result(connection: Connection, case: str) -> bytes | None:
    """Return the result of a case as it is kept."""
    query = select(RESULTS.c.sealed).where(RESULTS.c.case == case)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found


def told(write: "Write", received: "Received") -> Mapping[str, Any]:
    """Return the signed result that a message brings, if it is what the message says of it.

    Raises
    ------
    InputError
        It is none of its sender, of another case, or says something else.
    """
    body, signed = received.body, received.body.get("document")
    if not isinstance(signed, Mapping) or check(signed, write.node.trust) != received.sender:
        raise InputError("hall_applying.bad_body", name="document")
    document = signed["document"]
    said = (document.get("case"), document.get("granted"), document.get("number"))
    if said != (received.case, body.get("granted"), body.get("number")):
        raise InputError("hall_applying.bad_body", name="document")
    return signed


def check(signed: Mapping[str, Any], trust: TrustList) -> str:
    """Return the code of the node that signed a result.

    Raises
    ------
    Refusal
        It is no result, its signature does not fit, or the key is not that of the node it names.
    """
    try:
        document, signature = signed["document"], signed["signature"]
        at, node = moment(document["issued_at"]), str(document["node"])
        kid, value = str(signature["kid"]), bytes_of(signature["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal("hall_wire.bad_record", what="result", reason=error) from error
    peer, key = trust.key(kid, at)
    if peer.code != node or not key.verify(value, _DOMAIN + canonical(document)):
        raise Refusal("hall_node.result_not_signed", given=node)
    return node
