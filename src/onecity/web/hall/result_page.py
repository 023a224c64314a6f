"""A signed result as a page to print: what was decided, by whom, and how to check it."""

from collections.abc import Mapping
from html import escape
from typing import Any

from onecity.core.words import Language, say
from onecity.identity.clock import moment

from .asked import CHINA

_STYLE = (
    "body{font:16px/1.7 'Noto Serif CJK SC','Songti SC',SimSun,serif;max-width:44rem;"
    "margin:2rem auto;padding:0 1rem;color:#111}h1{font-size:1.6rem;text-align:center}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.2rem}dt{color:#555}"
    "dd{margin:0}.marked{border:2px solid #a40000;color:#a40000;padding:.4rem .8rem;"
    "text-align:center}.proof{margin-top:2rem;border-top:1px solid #999;padding-top:.6rem;"
    "font-size:.8rem;overflow-wrap:anywhere}"
)


def result_page(signed: Mapping[str, Any], language: Language) -> str:
    """Return the page of a signed result; whoever needs proof keeps the JSON."""
    document, signature = signed["document"], signed["signature"]
    applicant = document.get("applicant") or {}
    granted = "granted" if document["granted"] else "refused"
    documents = "、".join(str(one["title"]) for one in document.get("documents") or ())
    rows = (
        ("number", document["number"]),
        ("case", document["case_number"]),
        ("applicant", applicant.get("name", "")),
        ("item", document["item"]["title"]),
        ("decision", say(f"web_hall.result_{granted}", language)),
        ("words", document.get("words", "")),
        ("documents", documents),
        ("authority", document["authority"]["title"]),
        ("day", f"{moment(document['issued_at']).astimezone(CHINA):%Y-%m-%d}"),
    )
    told = "".join(
        f"<dt>{_of(say(f'web_hall.result_{name}', language))}</dt><dd>{_of(value)}</dd>"
        for name, value in rows
        if value
    )
    title = _of(say("web_hall.result_title", language))
    marked = document.get("marked")
    banner = f'<p class="marked">{_of(marked)}</p>' if marked else ""
    proof = _of(
        say(
            "web_hall.result_proof",
            language,
            node=document["node"],
            key=signature["kid"],
            suite=signature["suite"],
        )
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{title} {_of(document['number'])}</title><style>{_STYLE}</style></head><body>"
        f"{banner}<h1>{title}</h1><dl>{told}</dl>"
        f'<p class="proof">{proof}<br>{_of(signature["value"])}</p></body></html>'
    )


def _of(value: object) -> str:
    return escape(str(value))
