"""Finding words in the ledger as people type them: in any width and case, or by first letters.

Chinese words are also found by the first letters of their pinyin: ``cjdq`` finds 长江大桥. A sign
that is read in several ways (长: ch, zh) is found by each of them.
"""

import re
import threading
import unicodedata
from functools import cache, lru_cache

_LETTERS = re.compile(r"[a-z]{2,}")
_FIRST_OF_OURS = 0xE000
"""Where the signs begin that Unicode leaves to programs: each stands for a set of letters here."""
_sets: dict[frozenset[str], str] = {}
_adding = threading.Lock()


def folded(text: str) -> str:
    """Return a text as it is compared: full and half width, capital and small are one."""
    return unicodedata.normalize("NFKC", text).casefold()


@lru_cache(maxsize=1 << 16)
def initials(text: str) -> str:
    """Return what `spelled` looks in: a sign for each Chinese one, others as they are."""
    return "".join(map(_initial, folded(text)))


def spelled(term: str) -> re.Pattern[str] | None:
    """Return what finds a folded term among `initials`; None if it is not made of letters."""
    if not _LETTERS.fullmatch(term):
        return None
    return re.compile("".join(f"[{one}{_ours_with(one)}]" for one in term))


def _ours_with(letter: str) -> str:
    return "".join(sign for letters, sign in list(_sets.items()) if letter in letters)


@cache
def _initial(sign: str) -> str:
    """Return the first letter of a sign's reading, or the sign that stands for all of them."""
    if not "\u3400" <= sign <= "\u9fff":
        return sign
    from pypinyin import Style, pinyin  # noqa: PLC0415  (its tables take time to load)

    read = pinyin(sign, style=Style.FIRST_LETTER, heteronym=True)[0]
    letters = frozenset(one for one in read if one.isascii() and one.isalpha())
    if len(letters) <= 1:
        return next(iter(letters), sign)
    with _adding:
        return _sets.setdefault(letters, chr(_FIRST_OF_OURS + len(_sets)))
