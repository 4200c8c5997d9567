"""Passwords that are long only by their pattern: runs, keyboard rows, repeats, nothing but figures.

A list of common passwords cannot hold them all; a guesser writes them from four or five choices.
"""

from itertools import pairwise

LEAST_CHOICES = 5

# Whoever goes along one of these lines chooses its beginning only.
_LINES = (
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    *("qwertyuiop", "asdfghjklñ", "zxcvbnm"),
    *("qwertzuiop", "azertyuiop", "qsdfghjklm"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm"),
    "!@#$%^&*()",
)
_NEIGHBOURS = frozenset(
    pair for line in _LINES for one, two in pairwise(line) for pair in (one + two, two + one)
)


def unit(text: str) -> str:
    """The shortest beginning whose repetition is the text: `abc` of `abcabcab`."""
    return next(
        text[:size]
        for size in range(min(1, len(text)), len(text) + 1)
        if (text[:size] * (len(text) // max(1, size) + 1)).startswith(text)
    )


def choices(text: str) -> int:
    """How many characters follow neither from the one before nor from a repetition."""
    once = unit(text)
    steps = pairwise(once)
    return min(1, len(once)) + sum(
        one != two and one + two not in _NEIGHBOURS for one, two in steps
    )


def is_pattern(password: str) -> bool:
    """Whether a password is a pattern rather than words of somebody's own; case is ignored."""
    folded = password.casefold()
    letters = any(character.isalpha() for character in folded)
    return not letters or min(choices(folded), len(set(folded))) < LEAST_CHOICES
