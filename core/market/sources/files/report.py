"""What became of a file, as a value and as JSON."""

from typing import Any

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


def import_report_json(report: ImportReport) -> dict[str, Any]:
    """The report as the command line prints it: counts, span (ISO 8601, UTC) and problems by line or date."""
    return {
        "symbol": report.symbol,
        "interval": report.interval.value,
        "rows": report.rows,
        "accepted": report.accepted,
        "repaired": report.repaired,
        "rejected": report.rejected,
        "first": report.first.isoformat() if report.first else None,
        "last": report.last.isoformat() if report.last else None,
        "problems": [problem_json(problem) for problem in report.problems],
    }


def problem_json(problem: Finding) -> dict[str, Any]:
    """One problem: ``line`` of the file or ``date`` (ISO 8601, UTC), kind, what was done, detail, numbers if any."""
    out: dict[str, Any] = {}
    if problem.line is not None:
        out["line"] = problem.line
    elif problem.start is not None:
        out["date"] = problem.start.isoformat()
        if problem.end is not None and problem.end != problem.start:
            out["until"] = problem.end.isoformat()
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
