"""The job queue's tables and functions, in a schema of their own.

They are the package's; its SQL is run as the package ships it, so the revision insists on the schema it was written
for. When the package changes its schema, the new revision runs the package's migration files after `_NEWEST`, and
this one is left to end where it ended.

Revision: 0002_jobs
Before: 0001_market
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002_jobs"
down_revision = "0001_market"
branch_labels = None
depends_on = None

_NEWEST = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def _execute(statements: str) -> None:
    # The driver's own cursor: the text has several statements and % signs that are no parameters.
    connection: Any = op.get_bind().connection.driver_connection
    connection.execute(statements.encode())


def upgrade() -> None:
    package = resources.files("procrastinate.sql")
    newest = max(file.name for file in (package / "migrations").iterdir() if file.name.endswith(".sql"))
    if newest != _NEWEST:
        raise RuntimeError(f"procrastinate's schema is at {newest}; revision {revision} was written for {_NEWEST}")
    op.execute(sa.text("CREATE SCHEMA jobs"))
    op.execute(sa.text("SET LOCAL search_path TO jobs, public"))
    _execute((package / "schema.sql").read_text(encoding="utf-8"))
    op.execute(sa.text("SET LOCAL search_path TO public"))


def downgrade() -> None:
    op.execute(sa.text("DROP SCHEMA jobs CASCADE"))
