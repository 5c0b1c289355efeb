"""Nothing of one owner is reached by another: every method of every repository is tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy.orm import Session

from db.repositories.market_bars import BarBlock, BarRepository, Revisions
from db.repositories.market_documents import ActionRepository, ActionRow
from db.repositories.market_own import FindingRow, OwnInstrumentRow, OwnRepository, ReportRow
from db.repositories.market_scope import NotOwned

NOW = datetime(2026, 11, 18, tzinfo=UTC)
BLOCK = BarBlock(np.array([0], dtype=np.int64), np.ones((5, 1)), np.array([1], dtype=np.int64))
FUND = OwnInstrumentRow("FUND", "Fund", "stock", "Own", "INR", "Asia/Kolkata", "XBOM", "", None, None, None, ("a",))
REPORT = ReportRow("FUND", "1d", "f.csv", "0", 1, 1, 0, 0, NOW, NOW, [], NOW)
FINDING = FindingRow("spike", "repaired", "d", NOW, NOW, None, 1, None, 1.0, 2.0)
SPLIT = ActionRow("split", date(2026, 1, 1), 2.0, None, None)


def put(db: Session, owner: str) -> int:
    bars, own = BarRepository(db, owner), OwnRepository(db, owner)
    series = bars.put_head(
        symbol="FUND",
        source="file",
        interval="1d",
        currency="INR",
        covered=(NOW, NOW),
        as_of=NOW,
        fetched_at=NOW,
        warnings=(),
    )
    bars.replace(series, "1d", None, None, BLOCK)
    bars.add_revisions(series, Revisions(BLOCK, np.array([2], dtype=np.int64)))
    own.put_instrument(FUND, NOW)
    own.replace_findings(series, None, None, [FINDING], NOW)
    own.add_report(REPORT)
    own.watch("FUND", NOW)
    own.put_layout("mine", {"panes": 1}, NOW)
    ActionRepository(db, owner).put("FUND", "file", [SPLIT], start=None, end=None, now=NOW)
    return series


READS: dict[str, Callable[[Session, str, int], object]] = {
    "heads": lambda db, who, _: BarRepository(db, who).heads(["FUND"], "file", "1d"),
    "series": lambda db, who, _: BarRepository(db, who).series("FUND"),
    "own series": lambda db, who, _: BarRepository(db, who).series("FUND", owned=True),
    "bars by a guessed id": lambda db, who, series: BarRepository(db, who).read([series]),
    "revisions by a guessed id": lambda db, who, series: len(BarRepository(db, who).revisions(series).block),
    "instruments": lambda db, who, _: OwnRepository(db, who).instruments(),
    "watched": lambda db, who, _: OwnRepository(db, who).watched(),
    "layouts": lambda db, who, _: OwnRepository(db, who).layouts(),
    "reports": lambda db, who, _: OwnRepository(db, who).reports(),
    "reports of a symbol": lambda db, who, _: OwnRepository(db, who).reports("FUND"),
    "findings": lambda db, who, _: OwnRepository(db, who).findings("FUND"),
    "findings of a source": lambda db, who, _: OwnRepository(db, who).findings("FUND", "file"),
    "actions": lambda db, who, _: ActionRepository(db, who).current(["FUND"], "file", "ann"),
}


@pytest.mark.parametrize("name", READS)
def test_only_the_owner_reads(db: Session, name: str) -> None:
    series = put(db, "ann")
    assert READS[name](db, "ann", series), "the owner does not see it"
    assert not READS[name](db, "bob", series), "another owner sees it"


@pytest.mark.parametrize("name", ["heads", "series", "bars by a guessed id", "findings", "actions"])
def test_somebody_unknown_sees_shared_rows_only(db: Session, name: str) -> None:
    series = put(db, "ann")
    for nobody in (None, ""):
        assert not READS[name](db, nobody, series)  # type: ignore[arg-type]


WRITES: dict[str, Callable[[Session, str], object]] = {
    "delete series": lambda db, who: BarRepository(db, who).delete_own("FUND"),
    "delete instrument": lambda db, who: OwnRepository(db, who).delete_instrument("FUND"),
    "delete actions": lambda db, who: ActionRepository(db, who).delete_own("FUND"),
    "delete reports": lambda db, who: OwnRepository(db, who).delete_reports("FUND"),
    "unwatch": lambda db, who: OwnRepository(db, who).unwatch("FUND"),
    "delete layout": lambda db, who: OwnRepository(db, who).delete_layout("mine"),
    "overwrite layout": lambda db, who: OwnRepository(db, who).put_layout("mine", {"panes": 9}, NOW),
    "overwrite instrument": lambda db, who: OwnRepository(db, who).put_instrument(FUND, NOW),
    "overwrite actions": lambda db, who: ActionRepository(db, who).put(
        "FUND", "file", [], start=None, end=None, now=NOW
    ),
    "scale cash": lambda db, who: ActionRepository(db, who).scale_cash("FUND", "file", 3.0, date(2030, 1, 1)),
}


@pytest.mark.parametrize("name", WRITES)
def test_no_write_of_another_reaches_the_owners_rows(db: Session, name: str) -> None:
    series = put(db, "ann")
    before = {read: repr(look(db, "ann", series)) for read, look in READS.items()}
    WRITES[name](db, "bob")
    db.expire_all()
    assert {read: repr(look(db, "ann", series)) for read, look in READS.items()} == before


BY_ID: dict[str, Callable[[Session, str | None, int], object]] = {
    "bars": lambda db, who, series: BarRepository(db, who).replace(series, "1d", None, None, BLOCK),
    "revisions": lambda db, who, series: BarRepository(db, who).add_revisions(
        series, Revisions(BLOCK, np.array([5], dtype=np.int64))
    ),
    "scaled revisions": lambda db, who, series: BarRepository(db, who).scale_revisions(series, 2.0, NOW),
    "findings": lambda db, who, series: OwnRepository(db, who).replace_findings(series, None, None, [], NOW),
}


@pytest.mark.parametrize("name", BY_ID)
@pytest.mark.parametrize("writer", ["bob", None])
def test_a_guessed_id_writes_nothing(db: Session, name: str, writer: str | None) -> None:
    series = put(db, "ann")
    with pytest.raises(ValueError, match="not the writer's"):
        BY_ID[name](db, writer, series)


@pytest.mark.parametrize(
    "name", sorted({*WRITES, "instruments", "watched", "layouts", "reports"} - {"overwrite actions", "scale cash"})
)
def test_what_is_personal_wants_an_owner(db: Session, name: str) -> None:
    act = WRITES.get(name) or (lambda session, who: READS[name](session, who, 0))
    for nobody in (None, ""):
        with pytest.raises(NotOwned, match="say which"):
            act(db, nobody)  # type: ignore[arg-type]


def test_two_owners_of_the_same_name_keep_apart(db: Session) -> None:
    first, second = put(db, "ann"), put(db, "bob")
    assert first != second
    BarRepository(db, "bob").delete_own("FUND")
    assert BarRepository(db, "ann").read([first])
