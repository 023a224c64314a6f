"""Write the map's words for the browser: the catalogue's chapters `map` and `map_*` as TypeScript.

The browser knows placeholders without a format alone, as ``{count}``: it formats values itself,
in the reader's language. Usage: ``python scripts/web_words.py web/src/words/catalogue.ts``.
"""

import json
import string
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "src" / "onecity" / "core" / "words"

HEAD = """\
// Made by scripts/web_words.py from the chapters map*.toml of the catalogue. Do not edit.

export const WORDS = """

TAIL = """ as const

export type WordKey = keyof typeof WORDS
"""


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Return the sentences of the map by key, in the order of the files."""
    words = {}
    for file in sorted(folder.glob("map*.toml")):
        if file.stem != "map" and not file.stem.startswith("map_"):
            continue
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
    """Write the words to `target`; a file that holds them already is left alone."""
    body = json.dumps(read(CATALOGUE), ensure_ascii=False, indent=2)
    text = HEAD + body + TAIL
    if not target.is_file() or target.read_text("utf-8") != text:
        target.write_text(text, "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
