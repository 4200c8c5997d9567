"""Upkeep of the database itself."""

from sqlmodel import Session


def analyze(session: Session) -> None:
    """Fresh statistics, without which neither database picks the index that a list was made for."""
    session.connection().exec_driver_sql("ANALYZE")
