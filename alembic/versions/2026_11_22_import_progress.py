"""How far the import of a file is, so that it goes on after a kill and every page can show it."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261122_import_progress"
down_revision = "20261122_today_figures"
branch_labels = None
depends_on = None

COUNTS = ("progress", "total", "attempt")
MOMENTS = ("started_at", "check_at")


def upgrade() -> None:
    for name in COUNTS:
        op.add_column(
            "import_run", sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        )
    for name in MOMENTS:
        op.add_column("import_run", sa.Column(name, UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_import_run_check_at"), "import_run", ["check_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_import_run_check_at"), table_name="import_run")
    for name in COUNTS + MOMENTS:
        op.drop_column("import_run", name)
