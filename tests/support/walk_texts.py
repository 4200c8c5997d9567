"""What may stand on a page outside the brackets of the pseudo language: data, and nothing else."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from babel import Locale

from clientportal.ui.portal.common import METHODS

# Names that are the same in every language, and how files and formats are called.
NAMES = frozenset(
    [
        "clientportal",
        "Español",
        "English",
        "ES",
        "EN",
        "PDF",
        "CSV",
        "QR",
        "WhatsApp",
        "Resend",
        "SMTP",
        "smtp.…",
        "Ctrl K",
        "Esc",
    ],
)
# Between pieces of data, the strong ones first: a comma may also stand inside of one.
_SEPARATORS = (re.compile(r"[·…:;()«»“”\"<>|]|\s[–—/]\s|\n"), re.compile(r",\s"))
_PATTERNS = re.compile(
    r"""^(?:
        [A-Z]{3}[\s ]?[−+]?[\d.,]*            # currency code, amount
      | [−+]?[\d.,]+[\s ]?(?:%|x|×|[kKMG]?B)?  # figures, shares, sizes
      | [\d\s./:+#-]+                              # dates and numbers in digits
      | [A-Z]{2,4}\s[\d.-]+                        # kind and number of a tax identification
      | [A-Z]{2}-\d+                                # number of a document
      | [A-ZÁÉÍÓÚÑ]{1,2}                           # initials of an avatar
      | [a-z] | \?                                 # keys
      | http://[\d.:]+/webhooks/[a-z]+/[a-z-]+      # where a provider sends its notifications
    )$""",
    re.VERBOSE,
)


def strings_of(url: str) -> frozenset[str]:
    """Every text that the database at `url` holds, line by line, but for the codes of our own.

    A code on a page (`cash`, `invoice`) is a word that nobody translated, wherever it is stored.
    """
    engine = sa.create_engine(url)
    found: set[str] = set()
    with engine.connect() as connection:
        for table in sa.inspect(engine).get_table_names():
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                for cell in row:
                    found |= set(_lines(cell))
    engine.dispose()
    return frozenset(found | set(Locale("es").territories.values())) - codes()


def codes() -> frozenset[str]:
    """The values of every enumeration of the product, and the codes of payment methods."""
    found = set(METHODS)
    kinds = [StrEnum]
    while kinds:
        for kind in kinds.pop().__subclasses__():
            kinds.append(kind)
            if kind.__module__.startswith("clientportal."):
                found |= {str(member.value) for member in kind}
    return frozenset(code for code in found if code.islower())


def _lines(cell: Any) -> Iterator[str]:
    """The lines of a cell; those of every text inside when it holds JSON."""
    if isinstance(cell, dict | list):
        for inner in cell.values() if isinstance(cell, dict) else cell:
            yield from _lines(inner)
    elif isinstance(cell, str) and len(cell) < 4_000:
        if cell[:1] in {"[", "{"}:
            with suppress(ValueError):
                yield from _lines(json.loads(cell))
        yield from (" ".join(line.split()) for line in cell.splitlines() if line.strip())


def foreign_texts(texts: Iterable[Mapping[str, Any]], words: frozenset[str]) -> list[str]:
    """The texts that are no data, each once: hard-coded words that no translator will ever see."""
    out: dict[str, None] = {}
    for entry in texts:
        text = " ".join(str(entry["text"]).split())
        if not _is_data(text, words):
            out[f"{entry['what']} “{text}” ({entry['where']})"] = None
    return list(out)


def _is_data(text: str, words: frozenset[str], level: int = 0) -> bool:
    if not text or _known(text, words):
        return True
    if level == len(_SEPARATORS):
        return False
    parts = [part.strip() for part in _SEPARATORS[level].split(text)]
    return all(_is_data(part, words, level + 1) for part in parts)


def _known(text: str, words: frozenset[str]) -> bool:
    return text in words or text in NAMES or bool(_PATTERNS.match(text))
