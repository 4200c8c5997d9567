"""Foreign text made fit for one printed line: no control characters, no hidden switches."""

import unicodedata

_BREAKS = dict.fromkeys(map(ord, "\t\r\n\v\f\x85\u2028\u2029"), " ")
_JOINERS = "\u200c\u200d"
"""Needed inside words of Persian and Indic scripts and inside emoji."""


def clean(text: str) -> str:
    """Give the text as one line; drops control characters, surrogates and direction overrides."""
    if text.isprintable():
        return " ".join(text.split())
    kept = (
        character
        for character in text.translate(_BREAKS)
        if character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return " ".join("".join(kept).split())
