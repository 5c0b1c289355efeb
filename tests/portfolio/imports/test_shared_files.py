"""The brokers' files that lie beside the project, where they do: what becomes of each row is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.portfolio.imports.errors import BadImport
from tests.portfolio.imports.files import examined
from tests.shared import SHARED

_EXPECTED = {
    "zerodha_console/tradebook_eq_folioman_hdfc_2022.csv": ("zerodha_tradebook", 2, 0),
    "zerodha_console/tradebook_eq_folioman_orphan_sell_suzlon.csv": ("zerodha_tradebook", 1, 0),
    "zerodha_console/tradebook_eq_folioman_rows_quoted.csv": ("zerodha_tradebook", 4, 0),
    "zerodha_console/tradebook_fo_bsteps_no_trailing_newline.csv": ("zerodha_tradebook", 0, 6),
    "ghostfolio/import/ok/sample.csv": ("ghostfolio", 4, 1),
    "ghostfolio/import/ok/sample.json": ("ghostfolio", 4, 1),
    "ghostfolio/import/ok/500-activities.json": ("ghostfolio", 500, 0),
    "ghostfolio/import/ok/vti-buy-on-ibkr.csv": ("ibkr_flex", 1, 0),
    "ghostfolio/import/ok/btceur.json": ("ghostfolio", 1, 0),
    "wealthfolio/schwab_no_title_row.csv": ("schwab", 9, 1),
    "wealthfolio/schwab_with_header_row.csv": ("schwab", 17, 3),
    "wealthfolio/happy-path-import.csv": ("generic", 12, 0),
    "wealthfolio/semicolon-delimiter.csv": ("generic", 12, 0),
    "wealthfolio/ai-import-edge-cases.csv": ("generic", 14, 4),
    "wealthfolio/ai-import-european-broker.csv": ("generic", 11, 0),
}
_FOLDER = SHARED / "broker_exports" if SHARED is not None else None
_HERE = [name for name in _EXPECTED if _FOLDER is not None and (_FOLDER / name).is_file()]
_WRONG = sorted((_FOLDER / "ghostfolio/import/not-ok").iterdir()) if _HERE and _FOLDER is not None else []
_FINE = {  # refused by Ghostfolio, and right here: Yahoo's own symbol, a platform, an asset by its name
    "invalid-symbol-btc-usd.csv",
    "invalid-platform.json",
    "invalid-symbol-with-manual-data-source.json",
}

if _HERE and _FOLDER is not None:
    _folder: Path = _FOLDER

    @pytest.mark.parametrize("name", _HERE)
    @pytest.mark.usefixtures("clock")
    def test_a_real_file(name: str) -> None:
        found = examined((_folder / name).read_bytes(), name=name)
        told, booked, refused = _EXPECTED[name]
        incomplete = [row for row in found.rows if row.state == "attention" and not row.complete]
        assert (found.format, len(found.booked), len(found.reasons("rejected")) + len(incomplete)) == (
            told,
            booked,
            refused,
        )

    @pytest.mark.parametrize("path", _WRONG, ids=lambda path: path.name)
    @pytest.mark.usefixtures("clock")
    def test_a_wrong_file(path: Path) -> None:
        try:
            found = examined(path.read_bytes(), name=path.name)
        except BadImport as refused:
            assert refused.remedy  # noqa: PT017 - either outcome is right
            return
        bad = [row for row in found.rows if row.transaction is None]
        assert bool(bad) == (path.name not in _FINE)
        assert all(row.reason for row in bad)

    @pytest.mark.parametrize("name", ["html_page_saved_as_INFRATEL.csv", "header_only_ACC.csv"])
    def test_a_file_that_lies(name: str) -> None:
        with pytest.raises(BadImport, match=r"HTML page|no rows"):
            examined((_folder / "bad_files" / name).read_bytes(), name=name)
