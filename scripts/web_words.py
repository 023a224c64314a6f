"""Write the words of the pages for the browser: chapters of the catalogue as TypeScript.

The chapters `map` and `map_*` go into the file that is named. Those of the ledger's screens go
into `screens.ts` beside it, those of the shared services into `hall.ts`: a browser loads them with
these pages alone. It knows placeholders without a format alone, as ``{count}``: it formats values
itself, in the reader's language.
Usage: ``python scripts/web_words.py web/src/words/catalogue.ts``.
"""

import json
import string
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "src" / "onecity" / "core" / "words"

PARTS = {
    "catalogue.ts": ("WORDS", "WordKey", ("map.toml", "map_*.toml")),
    "screens.ts": ("LEDGER_WORDS", "LedgerKey", ("ledger_screens*.toml",)),
    "hall.ts": (
        "HALL_WORDS",
        "HallKey",
        ("hall_screens*.toml", "hall_portal*.toml", "hall_desk*.toml", "hall_cases.toml"),
    ),
}
"""Each file with the names it exports, and the chapters it is made from."""

BODY = """\
// Made by scripts/web_words.py from chapters of the catalogue. Do not edit.

export const {name} = {words} as const

export type {key} = keyof typeof {name}
"""


def read(folder: Path, patterns: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Return the sentences of some chapters by key, in the order of the files."""
    words = {}
    for file in sorted(file for pattern in patterns for file in folder.glob(pattern)):
        for name, texts in tomllib.loads(file.read_text("utf-8")).items():
            check(f"{file.stem}.{name}", texts)
            words[f"{file.stem}.{name}"] = texts
    return words


def check(key: str, texts: dict[str, str]) -> None:
    """End with a message if a sentence asks for a format that the browser does not know."""
    for language, text in texts.items():
        for _, field, spec, conversion in string.Formatter().parse(text):
            if field is not None and (spec or conversion or not field.isidentifier()):
                sys.exit(f"{key} ({language}): the browser fills plain {{names}} only: {text}")


def main(target: Path) -> None:
    """Write the words beside `target`; a file that holds them already is left alone."""
    for file, (name, key, patterns) in PARTS.items():
        words = json.dumps(read(CATALOGUE, patterns), ensure_ascii=False, indent=2)
        text = BODY.format(name=name, words=words, key=key)
        path = target.with_name(file)
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
