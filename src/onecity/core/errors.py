"""Errors that say what was given, where, and what to do, in both languages.

Every class takes the key of a sentence in the catalogue (see `onecity.core.words`)
and the values of its placeholders, and subclasses the built-in that fits.
"""

from .words import LANGUAGES, Language, say


class OneCityError(Exception):
    """Base of all errors a user can cause or mend."""

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key, values)

    def text(self, language: Language) -> str:
        """Return the sentence in one language."""
        return say(self.key, language, **self.values)

    def __str__(self) -> str:
        return "\n".join(self.text(language) for language in LANGUAGES)

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword arguments do not survive the default pickling of exceptions.
        return (_rebuild, (type(self), self.key, self.values))


def _rebuild(kind: type[OneCityError], key: str, values: dict[str, object]) -> OneCityError:
    return kind(key, **values)


class InputError(OneCityError, ValueError):
    """A value, file, row or column is not what is needed."""


class MissingError(OneCityError, LookupError):
    """Something named is not there: a file, a table, a city, a node."""


class StoreError(OneCityError, OSError):
    """A region could not be read or written: damaged, newer, full disk."""

    __str__ = OneCityError.__str__


class StaleError(OneCityError, RuntimeError):
    """What was seen was changed meanwhile by somebody else: look at it again, then decide."""


class RangeError(OneCityError, OverflowError):
    """A result would leave the range its type can hold."""
