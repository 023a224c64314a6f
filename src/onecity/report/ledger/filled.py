"""Word templates filled with a report; a template of somebody else is not trusted.

A template can name fields, repeat what stands in a loop, and leave out what stands in a condition;
nothing else: no calls, no arithmetic, no attributes of anything but the fields. It is looked
through before, and tried out on a sample in which every list has one entry, so that a wrong field
is found whatever the data. Errors name the field and the paragraph.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, ClassVar, NoReturn
from zipfile import ZipFile

from docx.oxml.ns import qn
from docx.shared import Cm
from docxtpl import DocxTemplate, InlineImage  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from onecity.core.errors import InputError
from onecity.core.words import Language, Sentence
from onecity.programme.ledger.minutes_file import BROKEN

from .data import Kind, Report
from .slots import sample_of, slots_of

MOST_BYTES, MOST_UNPACKED, MOST_FILLED = 10_000_000, 60_000_000, 60_000_000
"""Size of a template, of its parts unpacked, and of one part filled."""
MOST_NESTED = 3
"""Loops within loops."""
_MOST_KNOWN, _MOST_LETTERS, _MOST_BRACKETS = 30, 300, 3
_MAP_WIDE = Cm(6.5)

_ALLOWED = (
    nodes.And, nodes.Compare, nodes.CondExpr, nodes.Const, nodes.For, nodes.Getattr, nodes.Getitem,
    nodes.If, nodes.Name, nodes.Not, nodes.Operand, nodes.Or, nodes.Output, nodes.Template,
    nodes.TemplateData,
)  # fmt: skip
_CONFUSED = (TypeError, ValueError, RecursionError, OverflowError)
"""What comes of comparing what cannot be compared, or of a thousand brackets."""
_LOOP = frozenset({"index", "index0", "first", "last", "length"})
_MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\{[^}]*|\{%[^%]*", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_PARAGRAPH = re.compile(r"<w:p([ >])")
_ACTIVE = ("vbaproject.bin", "/embeddings/", "/activex/", "/attachedtemplate")
_EXTERNAL = re.compile(rb'<Relationship\b(?=[^>]*TargetMode="External")[^>]*>')


class _NoFieldError(Exception):
    """A template names a field that is not there."""

    def __init__(self, name: str, known: Mapping[str, Any] | None = None) -> None:
        super().__init__(name)
        self.name, self.known = name, known


class _Missing(StrictUndefined):
    """What jinja makes of a name it does not know: an error at once."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ARG002  (jinja's signature)
        raise _NoFieldError(str(named.get("name")))


class _Room(ImmutableSandboxedEnvironment):
    """Where templates are filled: fields by name alone.

    A field wins over whatever Python has under its name, and nothing of Python can be reached.
    """

    def __init__(self) -> None:
        super().__init__(undefined=_Missing, autoescape=True)
        self.globals.clear()
        self.filters.clear()
        self.tests.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a field."""
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return a field, or an entry of a list."""
        if isinstance(obj, dict):
            if argument in obj:
                return obj[argument]
            raise _NoFieldError(str(argument), obj)
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        raise _NoFieldError(str(argument), {})

    def call(self, *_: Any, **__: Any) -> Any:
        """Refuse: a template calls nothing."""
        raise _NoFieldError("()")


class _Filled(DocxTemplate):  # type: ignore[misc]  # it has no types
    """A template that says where it is wrong.

    `texts` holds the texts of its paragraphs by part, as they were before it was filled.
    """

    texts: Mapping[str, Sequence[str]]
    room: ClassVar[_Room] = _Room()

    def render_xml_part(
        self, src_xml: str, part: Any, context: dict[str, Any], jinja_env: Any = None
    ) -> str:
        """Fill one part; as `DocxTemplate` does, but nothing is filled that was not checked."""
        source = _PARAGRAPH.sub(r"\n<w:p\1", src_xml)
        self.current_rendering_part = part
        try:
            checked(source, jinja_env)
            text = _within(jinja_env.from_string(source).generate(context))
        except InputError:
            raise
        except (TemplateError, _ForbiddenError, _NoFieldError, *_CONFUSED) as error:
            self._refuse(error, source, part, context)
        filled = re.sub(r"\n<w:p([ >])", r"<w:p\1", text)
        return str(self.resolve_listing(filled))

    def render_properties(self, context: dict[str, Any], jinja_env: Any = None) -> None:
        """Set the title; the properties of a template are not filled."""
        del jinja_env
        properties = self.docx.core_properties
        properties.title, properties.author = str(context["title"])[:255], "OneCity"
        properties.comments = str(context["footer"])[:255]

    def _refuse(
        self, error: Exception, source: str, part: Any, context: Mapping[str, Any]
    ) -> NoReturn:
        """Raise what is wrong, with its paragraph."""
        line = _line_of(error)
        name = error.name if isinstance(error, _NoFieldError) else ""
        mark, times = _mark_at(source, line, name)
        number, text = _paragraph_of(self.texts.get(part.partname, ()), mark, times)
        where = self._where(part, number or line, text or mark)
        if isinstance(error, _NoFieldError):
            fields = context if error.known is None else error.known
            known = ", ".join([*sorted(fields)][:_MOST_KNOWN]) or "—"
            raise InputError(
                "ledger_report.template_field", field=name, known=known, **where
            ) from error
        if isinstance(error, _ForbiddenError):
            raise InputError(
                "ledger_report.template_forbidden", given=error.what, **where
            ) from error
        raise InputError("ledger_report.template_syntax", said=str(error), **where) from error

    def check_marks(self) -> None:
        """Refuse marks whose braces do not come in pairs, which would swallow what follows.

        So are marks that are too long to be one, or have many brackets.
        """
        for part in self.docx.part.package.iter_parts():
            for number, text in enumerate(self.texts.get(part.partname, ()), 1):
                wrong = _wrong_mark(text)
                if wrong is not None:
                    where = self._where(part, number, text)
                    raise InputError("ledger_report.template_syntax", said=wrong, **where)

    def _where(self, part: Any, number: int, text: str) -> dict[str, object]:
        is_body = part.partname == self.docx.part.partname
        return {
            "part": Sentence(f"ledger_report.template_{'body' if is_body else 'head'}"),
            "paragraph": number,
            "text": text.strip()[:120],
        }


class _ForbiddenError(Exception):
    """A template holds something that templates may not do."""

    def __init__(self, what: str, lineno: int) -> None:
        super().__init__(what)
        self.what, self.lineno = what, lineno


def filled(report: Report, language: Language, template: bytes, *, own: bool) -> bytes:
    """Return a report as a Word document.

    Parameters
    ----------
    template
        A ``.docx`` file.
    own
        Whether it is one of the package: others are tried out on a sample first.

    Raises
    ------
    InputError
        The template is no Word file, too large, holds macros, or marks that are wrong.
    """
    if not own:
        check_template(report.kind, template)
    found = _open(template)
    slots = slots_of(report, language)
    if report.map is not None:
        picture = BytesIO(report.map.png(language))
        slots["map"] = InlineImage(found, picture, width=_MAP_WIDE)
    return _render(found, slots)


def check_template(kind: Kind, template: bytes) -> None:
    """Refuse a template that could not be filled, whatever the data; errors as in `filled`."""
    if len(template) > MOST_BYTES:
        raise InputError("ledger_report.template_large", given=len(template), most=MOST_BYTES)
    try:
        with ZipFile(BytesIO(template)) as archive:
            size = sum(one.file_size for one in archive.infolist())
            names = [] if size > MOST_UNPACKED else archive.namelist()
            links = b"".join(archive.read(one) for one in names if one.endswith(".rels"))
    except BROKEN as error:
        raise InputError("ledger_report.template_damaged") from error
    if size > MOST_UNPACKED:
        raise InputError("ledger_report.template_large", given=size, most=MOST_UNPACKED)
    for name in names:
        if any(one in f"/{name}".lower() for one in _ACTIVE):
            raise InputError("ledger_report.template_active", given=name)
    for link in _EXTERNAL.findall(links):
        if b"/hyperlink" not in link:
            target = re.search(rb'Target="([^"]*)"', link)
            shown = target[1].decode("utf-8", "replace")[:120] if target else "?"
            raise InputError("ledger_report.template_active", given=shown)
    _render(_open(template), sample_of(kind))


def checked(source: str, room: Any) -> None:
    """Refuse whatever is more than fields, loops and conditions.

    Raises
    ------
    TemplateSyntaxError, _ForbiddenError
        With the line it is on.
    """
    for node, nested in _walk(room.parse(source), 0):
        if not isinstance(node, _ALLOWED) or nested > MOST_NESTED:
            raise _ForbiddenError(type(node).__name__.lower(), node.lineno)
        if isinstance(node, nodes.For) and (node.recursive or node.test is not None):
            raise _ForbiddenError("for … if", node.lineno)


def _wrong_mark(text: str) -> str | None:
    """Return what is wrong with the marks of a paragraph, as far as it shows at once."""
    for begin, end in (("{{", "}}"), ("{%", "%}")):
        if text.count(begin) != text.count(end):
            return begin if text.count(begin) > text.count(end) else end
    long = (
        one
        for one in _MARK.findall(text)
        if len(one) > _MOST_LETTERS or one.count("(") > _MOST_BRACKETS
    )
    return next((f"{one[:40]}…" for one in long), None)


def _within(pieces: Iterable[str]) -> str:
    """Return pieces joined, and stop where they grow beyond all measure."""
    kept, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_FILLED:
            raise InputError("ledger_report.template_large", given=size, most=MOST_FILLED)
        kept.append(piece)
    return "".join(kept)


def _walk(node: nodes.Node, nested: int) -> Iterator[tuple[nodes.Node, int]]:
    nested += isinstance(node, nodes.For)
    yield node, nested
    for child in node.iter_child_nodes():
        yield from _walk(child, nested)


def _open(template: bytes) -> _Filled:
    found = _Filled(BytesIO(template))
    try:
        found.init_docx()
        found.texts = _texts_in(found.docx)
    except BROKEN as error:
        raise InputError("ledger_report.template_damaged") from error
    return found


def _texts_in(document: Any) -> dict[str, list[str]]:
    """Return the texts of the paragraphs of every part, those in tables too."""
    return {
        part.partname: [
            "".join(piece.text or "" for piece in one.iter(qn("w:t")))
            for one in part.element.iter(qn("w:p"))
        ]
        for part in document.part.package.iter_parts()
        if getattr(part, "element", None) is not None
    }


def _render(found: _Filled, slots: dict[str, Any]) -> bytes:
    made = BytesIO()
    try:
        found.check_marks()
        found.render(slots, _Filled.room, autoescape=True)
        found.save(made)
    except InputError:
        raise
    except (*BROKEN, AttributeError) as error:  # marks that tear a table apart, for one
        raise InputError("ledger_report.template_damaged") from error
    return made.getvalue()


# --- Where it is wrong ---------------------------------------------------------------------------


def _line_of(error: Exception) -> int:
    """Return the line of the template an error comes from."""
    line = getattr(error, "lineno", None)
    if isinstance(line, int):
        return line
    found, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _mark_at(source: str, line: int, name: str) -> tuple[str, int]:
    """Return the mark on a line that holds a name, and how often it stands before that."""
    lines = [_TAG.sub("", one) for one in source.split("\n")]
    at = lines[min(line, len(lines)) - 1]
    marks = [_even(one) for one in _MARK.findall(at)]
    mark = next((one for one in marks if not name or re.search(rf"\b{re.escape(name)}\b", one)), "")
    mark = mark or (marks[0] if marks else _even(at))
    before = sum(_even(one) == mark for each in lines[: line - 1] for one in _MARK.findall(each))
    return mark, before


def _paragraph_of(paragraphs: Sequence[str], mark: str, before: int) -> tuple[int, str]:
    """Return number and text of the paragraph in which a mark stands for the n-th time."""
    for number, text in enumerate(paragraphs, 1):
        count = sum(_even(one) == mark for one in _MARK.findall(text)) or int(
            bool(mark) and mark in _even(text)
        )
        if count > before:
            return number, text.strip()
        before -= count
    return 0, ""


def _even(mark: str) -> str:
    """Return a mark without what differs between Word and the filled source."""
    plain = re.sub(r"(\{[{%])(?:tr|tc|p|r) ", r"\1 ", mark)
    for curly, straight in zip("“”‘’", "\"\"''", strict=True):
        plain = plain.replace(curly, straight)
    return " ".join(plain.replace("&quot;", '"').split())
