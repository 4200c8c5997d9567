"""Text for search, initials and addresses: the same function at write time and for the query."""

import re
import unicodedata
from collections.abc import Iterable

MIN_WORD = 3
"""Letters that a search word needs: a trigram index cannot help below (libraries: search)."""
MAX_WORDS = 6
_SKIPPED = frozenset({"de", "del", "la", "las", "los", "el", "y", "e", "of", "the", "and"})


def normalise(text: str) -> str:
    """Casefolded, without combining marks, spaces collapsed.

    Controls and private-use characters are dropped too: the search index writes a scope as
    private-use characters, and no text of a person may imitate one (DESIGN §4).
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(
        " " if char.isspace() else char
        for char in decomposed
        if char.isspace() or unicodedata.category(char) not in {"Mn", "Mc", "Me", "Co", "Cc", "Cf"}
    )
    return " ".join(kept.split())


def search_words(query: str) -> list[str]:
    """Normalised words of a query, longest first, at most six, each once.

    Words under three characters are dropped; an empty list means that the query is too short.
    """
    words = {word for word in normalise(query).split() if len(word) >= MIN_WORD}
    return sorted(words, key=lambda word: (-len(word), word))[:MAX_WORDS]


def search_text(parts: Iterable[str | None]) -> str:
    """The normalised text of one row, made of its number, names, addresses and so on."""
    return normalise(" ".join(part for part in parts if part))


def initials(name: str) -> str:
    """One or two capitals that stand for a name: `Papelera del Valle` gives PV, `ana@x.co` A."""
    words = re.findall(r"[^\W_]+", name.split("@")[0])
    telling = [word for word in words if word.casefold() not in _SKIPPED] or words
    return "".join(word[0] for word in telling[:2]).upper()[:2] or "?"


def slugify(text: str, longest: int = 48) -> str:
    """Lower-case letters a-z, digits and single hyphens; may be empty if nothing is left."""
    slug = re.sub(r"[^a-z0-9]+", "-", normalise(text)).strip("-")
    return slug[:longest].rstrip("-")
