"""docs/tables.md says what the tables say of themselves."""

from pathlib import Path

from db.tables.__main__ import described


def test_the_page_of_tables_is_theirs() -> None:
    page = Path(__file__).parents[2] / "docs" / "tables.md"
    assert page.read_text(encoding="utf-8") == described(), "python -m db.tables > docs/tables.md"
