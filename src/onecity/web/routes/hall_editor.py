"""The items of a node: compared between cities, drafted by one, published by another."""

from typing import Annotated

from fastapi import APIRouter, Query

from onecity.core.errors import MissingError
from onecity.core.words import Language
from onecity.hall.catalogue import Item
from onecity.web.hall import editor_told as told
from onecity.web.hall.asked import (
    PUBLISH,
    READ,
    WRITE,
    HallHand,
    ItemCode,
    ItemEditor,
    Page,
    Publisher,
    Size,
    page_of,
)
from onecity.web.hall.desk_shapes import (
    Compared,
    EditorDraftGiven,
    EditorItem,
    EditorRows,
    PublishGiven,
)

router = APIRouter(tags=["hall"])


@router.get("/hall/editor/items", summary="Items to edit 事项清单", responses=READ)
def items(
    hand: ItemEditor,
    text: Annotated[str, Query(max_length=200, description="Of the title or the codes")] = "",
    page: Page = 1,
    size: Size = 50,
) -> EditorRows:
    """Return items with their versions and drafts, new ones that are only drafted first."""
    editions, offer = hand.node.editions, hand.offer
    versions, drafts = editions.versions(), editions.drafts()
    known = {code: editions.item(code, of[-1].version) for code, of in versions.items()}
    fresh = {code: one.item for code, one in drafts.items() if code not in known}
    sought = text.strip().casefold()
    found = [one for one in (*fresh.values(), *known.values()) if _fits(one, sought)]
    rows = [
        told.row_told(one, offer, versions.get(one.code, ()), drafts.get(one.code))
        for one in page_of(found, page, size)
    ]
    return EditorRows.model_validate({"rows": rows, "total": len(found)})


@router.get(
    "/hall/editor/compare/{code}", summary="One item in every city 同事同标", responses=READ
)
def compare(hand: ItemEditor, code: ItemCode, language: Language = "zh") -> Compared:
    """Return the item of a basic code in every city as it stands today, field by field."""
    return Compared.model_validate(told.compared_told(code, hand.offer, language))


@router.get("/hall/editor/items/{code}", summary="An item to edit 事项编辑", responses=READ)
def item(hand: ItemEditor, code: ItemCode) -> EditorItem:
    """Return what is published of an item, its draft, and what the rules say of it."""
    return _whole(hand, code)


@router.put("/hall/editor/items/{code}/draft", summary="Save a draft 保存草稿", responses=WRITE)
def save(hand: ItemEditor, code: ItemCode, given: EditorDraftGiven) -> EditorItem:
    """Keep fields of an item in its draft; `seen` is 0 where there is none. 412: too late."""
    editions = hand.node.editions
    draft = editions.draft(code)
    before = draft.item if draft is not None else _last(hand, code)
    fields = told.given_of(given.fields, before)
    editions.save_draft(code, fields, seen=given.seen, **hand.by)
    return _whole(hand, code)


@router.delete(
    "/hall/editor/items/{code}/draft",
    status_code=204,
    summary="Drop a draft 放弃草稿",
    responses=WRITE,
)
def drop(
    hand: ItemEditor,
    code: ItemCode,
    seen: Annotated[
        int | None, Query(ge=0, le=2_000_000_000, description="Without it: as it is")
    ] = None,
) -> None:
    """Throw the draft of an item away; what is published stays."""
    editions = hand.node.editions
    draft = editions.draft(code)
    now = 0 if draft is None else draft.seen
    editions.drop_draft(code, seen=now if seen is None else seen, **hand.by)


@router.post(
    "/hall/editor/items/{code}/publish", summary="Publish a draft 发布事项", responses=WRITE
)
def publish(hand: Publisher, code: ItemCode, given: PublishGiven) -> EditorItem:
    """Let a draft stand from a day on; whoever wrote on it may not publish it."""
    hand.node.editions.publish(code, seen=given.seen, valid_from=given.valid_from, **hand.by)
    return _whole(hand, code)


def _last(hand: HallHand, code: str) -> Item | None:
    versions = hand.node.editions.versions([code]).get(code)
    return hand.node.editions.item(code, versions[-1].version) if versions else None


def _whole(hand: HallHand, code: str) -> EditorItem:
    editions, offer = hand.node.editions, hand.offer
    versions = editions.versions([code]).get(code, ())
    draft, last = editions.draft(code), _last(hand, code)
    shown = draft.item if draft is not None else last
    if shown is None:
        raise MissingError("web_hall.no_item", given=code)
    hands = () if draft is None else draft.hands
    return EditorItem.model_validate(
        {
            "code": code,
            "basic_code": shown.basic_code,
            "title": {"zh": shown.title, "en": shown.title_en or shown.title},
            "published": None if last is None else told.values_of(last),
            "published_version": None if last is None else last.version,
            "versions": [told.version_told(one) for one in versions],
            "draft": None if draft is None else told.draft_told(draft, last),
            "findings": [told.finding_told(one) for one in editions.findings(code)],
            "fields": told.forms_of(offer.catalogue),
            "may_publish": draft is not None and hand.may(PUBLISH) and hand.asker.name not in hands,
        }
    )


def _fits(item: Item, sought: str) -> bool:
    texts = (item.title, item.title_en, item.code, item.basic_code)
    return any(sought in one.casefold() for one in texts)
