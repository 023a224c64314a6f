"""Minutes of a meeting, split into draft tasks by rules: no model, no service, no guess unsaid.

A task is a numbered paragraph, with the plain paragraphs that follow. One that has numbered ones
under it is a heading, and a task besides only if it says whose it is. Units stand after words such
as 牵头单位 and 配合单位, or before 牵头; deadlines after 完成时限, or in the sentence. Each draft
carries the text it came from, and says what could not be read, or could be read otherwise: a
person looks at it before it becomes an item.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from onecity.core.errors import InputError, MissingError
from onecity.core.words import Sentence
from onecity.core.working_days import WorkingCalendar

from .checks import field
from .deadlines import Deadline, deadlines
from .fields import MINUTES, TITLE
from .model import Strand
from .register import Register

MOST_DRAFTS = 1_000
"""Drafts that one minute is split into."""
LONGEST_TITLE = 60
"""Characters of a title that is taken from a text."""

_HAN = "一二三四五六七八九十百"
_NUMBERS = (
    re.compile(rf"[{_HAN}]+、"),
    re.compile(rf"[（(][{_HAN}]+[）)]"),
    re.compile(r"\d{1,3}(?:[.\uff0e](?!\d)|、)"),
    re.compile(r"[（(]\d{1,3}[）)]|[①-⑳]|\d{1,3}[）)]"),
    re.compile(rf"第?[{_HAN}]+(?:是|，)"),
)
"""How paragraphs are numbered, from the highest level down (GB/T 9704)."""

_LABELS = {
    "lead": "牵头单位|牵头部门|牵头责任单位|牵头责任|牵头",
    "responsible": "主责单位|责任单位|责任部门|主体责任单位|主体责任|责任主体|承办单位|主办单位",
    "supporting": "配合单位|支持单位|协办单位|参与单位|参加单位|配合部门|责任支持|配合|支持",
    "due": "完成时限|办结时限|办理时限|完成时间|时限要求|时间要求|时限|限期",
}
_LABEL = re.compile(
    "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items()) + r")\s*[：:]"
)
_END = re.compile(r"[。；;\n）)]")
_BY_VERB = re.compile(
    r"(?:[，。；（(：:\n]|^)\s*(?:会议)?(?:要求|明确|议定|决定|同意|强调)?(?:由|请|责成)?"
    r"(?P<names>[^，。；（）():：\s]{2,60}?)(?P<verb>牵头|负责|配合|支持|会同)"
    r"(?:(?<=会同)|(?=[，。；、）)\n]|$|负责|组织|实施|推进|落实|会同|办理|做好|开展))"
)
_WHO = re.compile(r"^(?:由|请|责成)?[^，]{2,60}?(?:牵头|负责|配合|支持)$")
"""A clause that says who, and not what."""
_VERBS = {"牵头": "lead", "负责": "responsible", "配合": "supporting", "支持": "supporting"}
_VERBS["会同"] = "responsible"
_SPLIT = re.compile(r"[、，,]|以及|会同")
_AND = re.compile(r"[和及与]")
_STRANDS = {
    Strand.PLANNING: ("规划",),
    Strand.TRANSPORT: ("交通", "公路", "铁路", "断头路", "港口", "物流"),
    Strand.SCIENCE: ("科技", "科创", "创新"),
    Strand.INDUSTRY: ("产业", "园区", "招商"),
    Strand.LIVELIHOOD: ("民生", "教育", "医疗", "养老", "社保", "文旅"),
    Strand.HALL: ("通办", "政务服务", "一件事"),
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a minute; `numbered` if the file numbers it without writing the number."""

    text: str
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A unit as a minute names it, and its code where the register knows it."""

    name: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A task as it was read from a minute.

    Attributes
    ----------
    number
        Of the paragraph it begins with, from 1.
    heading
        The headings it stands under.
    title, text
        Its first clause; all of it as it stands in the minute.
    strand
        By the words of the title, or else of the headings; general where none tells.
    lead, responsible, supporting
        Units as named.
    due
        Its deadline, if one was read.
    doubts
        What could not be read, or could be read otherwise.
    """

    number: int
    heading: str
    title: str
    text: str
    strand: Strand
    lead: tuple[Named, ...]
    responsible: tuple[Named, ...]
    supporting: tuple[Named, ...]
    due: date | None
    doubts: tuple[Sentence, ...]

    def fields(self) -> dict[str, Any]:
        """Return what `Item.made` takes of it; units that are not known are left out."""
        first = [
            next((one.code for one in names if one.code), None)
            for names in (self.lead, self.responsible)
        ]
        taken = [code for code in first if code is not None]
        rest = [one.code for one in (*self.lead, *self.responsible, *self.supporting) if one.code]
        return {
            "title": self.title,
            "text": self.text,
            "strand": self.strand,
            "lead_unit": first[0],
            "responsible_unit": first[1] or first[0],
            "supporting_units": tuple(code for code in dict.fromkeys(rest) if code not in taken),
            "due": self.due,
        }


@dataclass(frozen=True, slots=True)
class Split:
    """A minute after splitting: drafts in order, and the paragraphs that belong to none."""

    drafts: tuple[Draft, ...]
    rest: tuple[str, ...]


def paragraphs_of(text: str) -> tuple[Paragraph, ...]:
    """Return the paragraphs of a pasted text.

    Raises
    ------
    InputError
        It is too long.
    """
    if len(text) > MINUTES:
        raise InputError("ledger.text_long", field=field("minutes"), given=len(text), most=MINUTES)
    lines = (" ".join(line.split()) for line in text.replace("\u3000", " ").splitlines())
    return tuple(Paragraph(line) for line in lines if line)


def split(
    paragraphs: Iterable[Paragraph], held_on: date, register: Register, calendar: WorkingCalendar
) -> Split:
    """Return the draft tasks of a minute.

    Parameters
    ----------
    paragraphs
        Of `paragraphs_of`, or `minutes_file.paragraphs_in`.
    held_on
        The day of the meeting: deadlines such as 年底前 and unit names are those of that day.
    register, calendar
        For units and working days.

    Raises
    ------
    InputError
        There are more than `MOST_DRAFTS` numbered paragraphs.
    """
    every = list(paragraphs)
    levels = [_level(one) for one in every]
    headings: dict[int, str] = {}
    drafts: list[Draft] = []
    rest: list[str] = []
    at = 0
    while at < len(every):
        level = levels[at]
        if level is None:
            rest.append(every[at].text)
            at += 1
            continue
        end = at + 1
        while end < len(every) and levels[end] is None:
            end += 1
        headings = {one: words for one, words in headings.items() if one < level}
        below = levels[end] if end < len(every) else None
        lines = [_bare(every[at].text), *(one.text for one in every[at + 1 : end])]
        text, left = _without_close(lines)
        above = " / ".join(headings[one] for one in sorted(headings))
        is_heading = below is not None and below > level
        if is_heading:
            headings[level] = _title(lines[0])
        # A heading may be a task besides, if it says whose it is.
        if is_heading and not _named_parts(text)[0]:
            rest.extend(lines[1:])
        else:
            rest.extend(left)
            drafts.append(_draft(at + 1, above, text, held_on, register, calendar))
            if len(drafts) > MOST_DRAFTS:
                raise InputError("ledger.minutes_long", most=MOST_DRAFTS)
        at = end
    return Split(tuple(drafts), tuple(rest))


# --- Paragraphs ----------------------------------------------------------------------------------

_CLOSE = re.compile(
    r"(?:出席|列席|参加人员|参会|主持|记录|分送|抄送|主送|签发|附件)[：:（(]?"
    r"|\d{4}年\d{1,2}月\d{1,2}日$"
)


def _level(paragraph: Paragraph) -> int | None:
    """Return how deep a paragraph is numbered; None if it is not."""
    for level, pattern in enumerate(_NUMBERS):
        if pattern.match(paragraph.text):
            return level
    return len(_NUMBERS) if paragraph.numbered else None


def _bare(text: str) -> str:
    """Return a paragraph without its number."""
    for pattern in _NUMBERS:
        match = pattern.match(text)
        if match:
            return text[match.end() :].strip()
    return text


def _title(text: str) -> str:
    """Return the first clause of a text."""
    plain = re.sub(r"^[（(][^）)]*[）)]", "", text)
    clause = re.split(r"[。；;：:\n（(]", plain, maxsplit=1)[0].strip() or plain.strip() or text
    parts = clause.split("，")
    while len(parts) > 1 and _WHO.match(parts[0]):
        parts = parts[1:]
    clause = "，".join(parts)
    return (parts[0] if len(clause) > LONGEST_TITLE else clause)[:TITLE]


def _without_close(lines: Sequence[str]) -> tuple[str, list[str]]:
    """Return the text of a task, and the lines after it that close a minute: who came, copies."""
    for number, line in enumerate(lines[1:], 1):
        if _CLOSE.match(line):
            return "\n".join(lines[:number]), list(lines[number:])
    return "\n".join(lines), []


# --- One draft -----------------------------------------------------------------------------------


def _draft(
    number: int,
    heading: str,
    text: str,
    held_on: date,
    register: Register,
    calendar: WorkingCalendar,
) -> Draft:
    doubts: list[Sentence] = []
    said, labelled = _named_parts(text)
    units = {
        part: _units(said.get(part, []), held_on, register, doubts)
        for part in ("lead", "responsible", "supporting")
    }
    due = _due(said.get("due", []), labelled, held_on, calendar, doubts)
    if not units["lead"] and not units["responsible"]:
        doubts.append(Sentence("ledger.minutes_no_unit"))
    for part in ("lead", "responsible"):
        if len(units[part]) > 1:
            names = "、".join(one.name for one in units[part])
            values = {"field": field(f"{part}_unit"), "names": names, "first": units[part][0].name}
            doubts.append(Sentence("ledger.minutes_many_units", values))
    title = _title(text)
    return Draft(
        number=number,
        heading=heading,
        title=title,
        text=text,
        strand=_strand(title) or _strand(heading) or Strand.GENERAL,
        lead=units["lead"],
        responsible=units["responsible"],
        supporting=units["supporting"],
        due=due,
        doubts=tuple(doubts),
    )


def _named_parts(text: str) -> tuple[dict[str, list[str]], str]:
    """Return what stands after labels and before verbs, by part, and the text without labels."""
    found: dict[str, list[str]] = {}
    left, at = [], 0
    for match in _LABEL.finditer(text):
        if match.start() < at:
            continue
        end = _END.search(text, match.end())
        after = _LABEL.search(text, match.end())
        stop = min(
            end.start() if end else len(text), after.start() if after else len(text), len(text)
        )
        part = next(name for name in _LABELS if match[name])
        found.setdefault(part, []).append(text[match.end() : stop].strip(" ，,、"))
        left.append(text[at : match.start()])
        at = stop
    left.append(text[at:])
    plain = "".join(left)
    for match in _BY_VERB.finditer(plain):
        part = _VERBS[match["verb"]]
        if part not in found or part == "supporting":
            found.setdefault(part, []).append(match["names"])
    return found, plain


def _units(
    said: Iterable[str], held_on: date, register: Register, doubts: list[Sentence]
) -> tuple[Named, ...]:
    """Return the units that some texts name, each once."""
    names = (name.strip(" 。等") for text in said for name in _SPLIT.split(text))
    found: list[Named] = []
    for name in dict.fromkeys(name for name in names if name):
        whole = _known(name, held_on, register)
        # Many an office has an "and" in its name: 自然资源和规划局.
        parts = [_known(part, held_on, register) for part in _AND.split(name)]
        if whole.code is None and len(parts) > 1 and all(part.code for part in parts):
            found.extend(parts)
            continue
        if whole.code is None:
            doubts.append(Sentence("ledger.minutes_unit_unknown", {"name": name}))
        found.append(whole)
    return tuple(dict.fromkeys(found))


def _known(name: str, held_on: date, register: Register) -> Named:
    try:
        return Named(name, register.named(name, held_on).code)
    except (MissingError, InputError):
        return Named(name, None)


def _due(
    labelled: Sequence[str],
    plain: str,
    held_on: date,
    calendar: WorkingCalendar,
    doubts: list[Sentence],
) -> date | None:
    """Return the deadline of a task: what a label says, or else the last firm one of the text."""
    found: list[Deadline] = [one for text in labelled for one in deadlines(text, held_on, calendar)]
    if labelled and not found:
        doubts.append(Sentence("ledger.minutes_due_unread", {"said": "；".join(labelled)}))
    if not found:
        found = [one for one in deadlines(plain, held_on, calendar) if one.firm]
    days = [one for one in found if one.day is not None and one.day >= held_on] or found
    if not days:
        if not labelled:
            doubts.append(Sentence("ledger.minutes_no_due"))
        return None
    chosen = max(days, key=lambda one: one.day or date.min)
    doubts.extend(chosen.doubts)
    if len({one.day for one in days}) > 1:
        values = {"said": "、".join(one.said for one in days), "taken": chosen.said}
        doubts.append(Sentence("ledger.minutes_many_dues", values))
    return chosen.day


def _strand(text: str) -> Strand | None:
    """Return the strand whose words come first in a text, if any do."""
    places = {
        strand: min(text.find(word) for word in words if word in text)
        for strand, words in _STRANDS.items()
        if any(word in text for word in words)
    }
    return min(places, key=lambda strand: places[strand]) if places else None
