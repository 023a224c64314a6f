"""Which language the user reads: asked for, set, or that of the machine."""

from collections.abc import Mapping, Sequence

from onecity.core.words import LANGUAGES, Language

OPTION = "--lang"
VARIABLE = "ONECITY_LANG"
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language to speak before any argument is understood.

    Help and errors must already be in it, so the option is looked for by eye: it may stand
    before or after the command. A wrong value is told by the option itself later.
    """
    asked = [_asked(arguments), environment.get(VARIABLE)]
    # The first variable that is set decides, as it does for every program.
    asked.append(next((value for name in _LOCALES if (value := environment.get(name))), None))
    return next((known for one in asked if one and (known := _known(one))), LANGUAGES[0])


def _asked(arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == "--":
            return None
        if argument == OPTION and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{OPTION}="):
            return argument.partition("=")[2]
    return None


def _known(word: str) -> Language | None:
    """Return the language of a word such as ``en``, ``zh-CN`` or ``en_US.UTF-8``."""
    start = word.lower().replace("_", "-").partition(".")[0].partition("-")[0]
    return next((language for language in LANGUAGES if language == start), None)
