"""How names are written for search: letters alone, and Chinese names as they sound.

A planner types 武汉, wuhan, Wǔhàn, wh, Wu Han or 武漢 and means one city. Names and queries are
brought to the same letters here; `onecity.web.name_index` compares them.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate

from pypinyin import Style, pinyin

LONGEST = 200
"""Letters of a name or a query that are looked at; what follows is cut off."""
MOST_READINGS = 6
"""Ways to read one name that are kept: 重 alone has three."""

_HAN = "\u2e80"
_QUIET = "'’‘`\u00b4"
# What an office leaves off when it speaks of a place, longest first.
_KINDS = (
    *("街道办事处", "自治县", "自治州", "林区", "地区", "街道"),
    *("市", "区", "县", "镇", "乡", "村", "站"),
)
_LATIN_KINDS = {"city", "district", "county", "town", "township", "subdistrict", "station"}


class Family(IntEnum):
    """What a spelling is made of; earlier ones say more."""

    NAME = 0
    SOUND = 1
    INITIALS = 2


@dataclass(frozen=True, slots=True)
class Folded:
    """A text brought to bare letters.

    Attributes
    ----------
    text
        Letters and digits alone: lower case, full-width forms made plain, no accents.
    starts
        Where words begin; every Han character is a word.
    """

    text: str
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a name.

    Attributes
    ----------
    starts
        Where words (characters, syllables) begin.
    short
        Length without the word for its kind: 武汉 of 武汉市; 0 where there is none.
    """

    text: str
    family: Family
    starts: tuple[int, ...]
    short: int = 0


def fold(text: str) -> Folded:
    """Bring a text to bare letters; empty if it has none."""
    letters: list[str] = []
    starts: list[int] = []
    fresh = True
    plain = unicodedata.normalize("NFKD", text[:LONGEST]).casefold()
    for letter in unicodedata.normalize("NFKD", plain):
        if letter.isalnum():
            if fresh or letter >= _HAN:
                starts.append(len(letters))
            letters.append(letter)
            fresh = letter >= _HAN
        elif not unicodedata.combining(letter) and letter not in _QUIET:
            fresh = True
    kept = "".join(letters)[:LONGEST]
    return Folded(kept, tuple(one for one in starts if one < len(kept)))


def is_latin(text: str) -> bool:
    """Whether a folded text is written in the letters that pinyin and codes are."""
    return text.isascii()


def without_kind(name: str) -> str:
    """Return a Chinese name without the word for its kind: 武汉 of 武汉市."""
    kind = next((one for one in _KINDS if name.endswith(one) and name != one), "")
    return name.removesuffix(kind)


def spellings(name: str) -> Iterator[Spelling]:
    """Yield every way to write a name; none for one without letters."""
    folded = fold(name)
    if not folded.text:
        return
    yield Spelling(folded.text, Family.NAME, folded.starts, _short(folded))
    if not is_latin(folded.text):
        yield from _sounds(name)


def readings(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to read a name, likeliest first, as syllables; Latin words as they are.

    A character with several sounds has all of them, one at a time: 重庆 is known as a word, 重华
    is not. `MOST_READINGS` at most.
    """
    return _readings(unicodedata.normalize("NFKC", name[:LONGEST]))


@lru_cache(maxsize=4096)
def _readings(name: str) -> tuple[tuple[str, ...], ...]:
    sounds = [
        [sound for one in syllable if (sound := _bare(one))]
        for syllable in pinyin(name, style=Style.NORMAL, heteronym=True)
    ]
    sounds = [several for several in sounds if several]
    if not sounds:
        return ()
    first = tuple(several[0] for several in sounds)
    last = len(first) - 1 if name[-1:] in _KINDS else len(first)
    found = {first: None}
    for place, several in enumerate(sounds[:last]):
        for other in several[1:]:
            found[*first[:place], other, *first[place + 1 :]] = None
    return tuple(found)[:MOST_READINGS]


@lru_cache(maxsize=4096)
def _bare(syllable: str) -> str:
    return fold(syllable).text


def _sounds(name: str) -> Iterator[Spelling]:
    """Yield how a Chinese name sounds, in full and by the first letters."""
    bare = fold(name).text
    kind = next((len(one) for one in _KINDS if bare.endswith(one) and bare != one), 0)
    made: dict[str, Spelling] = {}
    several = readings(name)
    for spelt in (*several, *_with_plain_u(several[0] if several else ())):
        for family, parts in (
            (Family.SOUND, spelt),
            (Family.INITIALS, tuple(_initial(one) for one in spelt)),
        ):
            text = "".join(parts)[:LONGEST]
            starts = tuple(accumulate(map(len, parts[:-1]), initial=0))
            short = starts[-kind] if 0 < kind < len(parts) else 0
            kept = tuple(one for one in starts if one < len(text))
            made.setdefault(text, Spelling(text, family, kept, min(short, len(text))))
    yield from made.values()


def _with_plain_u(syllables: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield lv as people also type lü: lu and, on road signs and in passports, lyu."""
    if {"lv", "nv", "lve", "nve"} & set(syllables):
        for letter in ("u", "yu"):
            yield tuple(one.replace("v", letter) if one[1:2] == "v" else one for one in syllables)


def _initial(syllable: str) -> str:
    """Return the first letter of a syllable; a word with digits, as G42, stays whole."""
    return syllable if any(letter.isdigit() for letter in syllable) else syllable[0]


def _short(folded: Folded) -> int:
    """Return how long a name is without the word for its kind; 0 where it has none."""
    for kind in _KINDS:
        if folded.text.endswith(kind) and folded.text != kind:
            return len(folded.text) - len(kind)
    last = folded.starts[-1]
    return last if folded.text[last:] in _LATIN_KINDS else 0
