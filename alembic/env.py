"""Migrations run on the app's own engine, or on a connection that the caller hands over."""

from sqlalchemy import Connection

from alembic import context
from clientportal.storage import models  # noqa: F401 – registers every table
from clientportal.storage.base import metadata
from clientportal.storage.session import engine


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """The job engine's tables and the search index are not in the metadata."""
    return kind != "table" or name in metadata.tables


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with engine().connect() as connection:
        migrate(connection)
        connection.commit()
