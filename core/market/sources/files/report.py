"""What became of a file, as a value and as JSON."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.market.model import Finding, ImportReport
from core.market.quality.inspection import Inspection
from core.market.sources.files.reading import FileBars


def import_report(symbol: str, file: FileBars, inspection: Inspection) -> ImportReport:
    """The report of a file that was read (``file``) and whose bars were then inspected.

    Rows set aside by the inspection count as rejected too, so accepted + rejected == rows.
    """
    index = inspection.frame.index
    return ImportReport(
        symbol=symbol,
        interval=file.interval,
        rows=file.rows,
        accepted=len(index),
        repaired=min(len(index), file.repaired + inspection.repaired),
        rejected=file.rows - len(index),
        first=index[0].to_pydatetime() if len(index) else None,
        last=index[-1].to_pydatetime() if len(index) else None,
        problems=(*file.findings, *inspection.findings),
    )


def import_report_json(report: ImportReport, timezone: str) -> dict[str, Any]:
    """The report as the command line prints it: counts, span and problems by line or date.

    Moments are the exchange's (``timezone``, an IANA name): days from one day on, times with offset below.
    """
    days, zone = not report.interval.intraday, ZoneInfo(timezone)
    return {
        "symbol": report.symbol,
        "interval": report.interval.value,
        "rows": report.rows,
        "accepted": report.accepted,
        "repaired": report.repaired,
        "rejected": report.rejected,
        "first": moment_json(report.first, zone, days=days) if report.first else None,
        "last": moment_json(report.last, zone, days=days) if report.last else None,
        "problems": [problem_json(problem, zone, days=days) for problem in report.problems],
    }


def moment_json(moment: datetime, zone: ZoneInfo, *, days: bool) -> str:
    """A bar's time at the exchange: ``2026-01-31`` for bars of ``days``, else with time and offset."""
    local = moment.astimezone(zone)
    return local.date().isoformat() if days else local.isoformat()


def problem_json(problem: Finding, zone: ZoneInfo, *, days: bool) -> dict[str, Any]:
    """One problem: ``line`` of the file or ``date`` at the exchange, kind, what was done, detail, numbers if any."""
    out: dict[str, Any] = {}
    if problem.line is not None:
        out["line"] = problem.line
    elif problem.start is not None:
        out["date"] = moment_json(problem.start, zone, days=days)
        if problem.end is not None and problem.end != problem.start:
            out["until"] = moment_json(problem.end, zone, days=days)
    out |= {
        "kind": problem.kind,
        "treatment": problem.treatment.value,
        "detail": problem.detail,
        "count": problem.count,
    }
    for name in ("column", "before", "after"):
        value = getattr(problem, name)
        if value is not None:
            out[name] = value
    return out
