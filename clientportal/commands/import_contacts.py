"""`import contacts`: a spreadsheet or CSV file of contacts, all or nothing, twice the same."""

import argparse

from clientportal.commands import import_rows


def configure(parser: argparse.ArgumentParser) -> None:
    import_rows.configure(parser, "contacts")
