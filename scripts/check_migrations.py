"""Fail unless the migrations lead to exactly the tables that the code declares.

usage: python scripts/check_migrations.py
"""

import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from clientportal.storage import migrations  # noqa: E402
from clientportal.storage.base import metadata  # noqa: E402
from clientportal.storage.session import make_engine  # noqa: E402


def indexes(engine: sa.Engine) -> set[tuple[str, str]]:
    """(table, statement) of every index of our tables, white space and quotes aside."""
    query = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(query).all()
    return {
        (table, " ".join(sql.replace('"', "").split()))
        for table, sql in rows
        if table in metadata.tables
    }


def main() -> None:
    """Migrate an empty SQLite file and compare."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/check.db")
        migrations.upgrade(engine)
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    # Only tables that the models know: the search index and engine have their own.
                    "include_object": lambda _object, name, kind, _reflected, _to: (
                        kind != "table" or name in metadata.tables
                    )
                },
            )
            # SQLite forgets DESC when it describes an index: those are compared as written.
            differences = [
                found
                for found in compare_metadata(context, metadata)
                if found[0] not in {"add_index", "remove_index"}
            ]
        declared = make_engine(f"sqlite:///{folder}/declared.db")
        metadata.create_all(declared)
        differences += sorted(indexes(engine) ^ indexes(declared))
        engine.dispose()
        declared.dispose()
    for difference in differences:
        print(difference)
    if differences:
        raise SystemExit("The models and the migrations differ.")


if __name__ == "__main__":
    main()
