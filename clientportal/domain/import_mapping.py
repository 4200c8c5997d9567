"""Which column of a file feeds which field: guessed, said by a person, or as the last time."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clientportal.domain.errors import Invalid
from clientportal.domain.import_columns import plain

LONGEST_HEADER = 60
"""Characters of a header that a page shows and a mapping keeps."""
IGNORED = ""


class Column(NamedTuple):
    """One column of a file: its header and the field it feeds, "" when it is left aside."""

    header: str
    field: str


def signature(header: Sequence[str]) -> str:
    """The same for files whose headers are the same but for case, accents, spaces and signs."""
    words = "\n".join(plain(text[:LONGEST_HEADER]) for text in header)
    return hashlib.sha256(words.encode()).hexdigest()


def guess(header: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """The field of each column by the synonyms of `known`, of which the earlier wins.

    A header that stands twice says nothing: which of the two is meant, a person has to say.
    """
    places = {word: place for word, place in _places(header).items() if place >= 0}
    found = [IGNORED] * len(header)
    for field, synonyms in known.items():
        free = (places[w] for w in synonyms.split() if w in places)
        column = next((place for place in free if not found[place]), None)
        if column is not None:
            found[column] = field
    return tuple(found)


def _places(header: Sequence[str]) -> dict[str, int]:
    """Word → column, -1 where it stands more than once."""
    words = [plain(text) for text in header]
    often = Counter(words)
    return {word: column if often[word] == 1 else -1 for column, word in enumerate(words) if word}


def suit(
    saved: Sequence[Column], header: Sequence[str], known: Mapping[str, str]
) -> tuple[str, ...]:
    """The field of each column as a saved mapping has it; guessed where that knows nothing.

    With the very same headers it is taken column by column, else by the names of the headers.
    """
    fields = [column.field if column.field in known else IGNORED for column in saved]
    before = [column.header for column in saved]
    if len(before) == len(header) and signature(before) == signature(header):
        return tuple(fields)
    asked = {plain(column.header): field for column, field in zip(saved, fields, strict=True)}
    taken = {asked[word] for word in _places(header) if word in asked}
    found = []
    for text, field in zip(header, guess(header, known), strict=True):
        word = plain(text[:LONGEST_HEADER])
        found.append(asked.pop(word) if word in asked else IGNORED if field in taken else field)
    return tuple(found)


def check(fields: Sequence[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """What a person chose for the columns. Raises Invalid: "choice_invalid" (value) for a field
    that there is not, "column_twice" (column) for one with two columns."""
    for field, times in Counter(fields).items():
        if field and field not in known:
            raise Invalid(code="choice_invalid", field="columns", value=field[:40])
        if field and times > 1:
            raise Invalid(code="column_twice", field="columns", column=field)
    return tuple(fields)


def missing(fields: Sequence[str], needed: Sequence[str]) -> tuple[str, ...]:
    """The fields that a file must bring and no column feeds."""
    return tuple(field for field in needed if field not in fields)
