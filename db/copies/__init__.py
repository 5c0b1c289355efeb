"""Whole copies of the database: taken with `pg_dump`, put back with `pg_restore` beside the present one and swapped in.

    dumping.dump(url, file)            a consistent copy and the number of rows of each table in it
    restoring.load(url, file)          a new database with the copy's content
    restoring.swap(url, name, ...)     that database in place of the present one, in one transaction

What backups are kept for and how long is `core.operations.backup`'s business.
"""

from db.copies.errors import CopyProblem

__all__ = ["CopyProblem"]
