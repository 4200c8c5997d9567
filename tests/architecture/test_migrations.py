"""Every migration after the first goes up, down and up again on both engines."""

import sqlalchemy as sa
from alembic.config import Config

from alembic import command
from clientportal.storage import migrations
from tests.support.databases import ROOT

FIRST = "20261121_initial"


def test_down_to_the_first_and_up_again(database: sa.Engine) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    with database.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, FIRST)
        connection.commit()
    assert migrations.current(database) == FIRST
    migrations.upgrade(database)
    assert migrations.current(database) == migrations.head()
    sound = {"account", "document", "document_original"}
    assert sound <= set(sa.inspect(database).get_table_names())
