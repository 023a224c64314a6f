"""Forms: what an item asks of an applicant, as JSON Schema 2020-12, and what is wrong with answers.

Making a form needs the core alone; `onecity.hall.forms.checking` needs the extra ``hall``.
"""

from .making import Own, form_of, form_of_event, own_schema, part_for
from .media import fault_of_file, medium_of
from .model import Fault, Field, FileSlot, Form, Group, When, Words
from .slots import asked_for

__all__ = [
    "Fault",
    "Field",
    "FileSlot",
    "Form",
    "Group",
    "Own",
    "When",
    "Words",
    "asked_for",
    "fault_of_file",
    "form_of",
    "form_of_event",
    "medium_of",
    "own_schema",
    "part_for",
]
