"""Jobs: the timetable, what ran and how it ended; pause, run now, retry."""

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.admin.listing import page_number, pager, table
from components.states import empty
from core.office.contract import Office
from core.office.model import RunRow, TaskRow

RUN, PAUSE, RESUME, RETRY = "Run now", "Pause", "Go on", "Retry"
STATUSES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")
WORDS = {
    "todo": "Waiting",
    "doing": "Running",
    "succeeded": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "aborted": "Stopped",
    "skipped": "Skipped",
}


def words(status: str | None) -> str:
    """A status in words."""
    return "" if not status else WORDS.get(status, status.capitalize())


def draw(office: Office) -> None:
    """The section."""
    tasks = office.tasks()
    st.subheader("Timetable")

    def task_chosen(row: int, label: str) -> None:
        _task(tasks[row], label)

    table(
        {
            "Task": [name_of(task.name) for task in tasks],
            "What it does": [task.about for task in tasks],
            "Runs (UTC)": [task.cron or "on demand" for task in tasks],
            "State": ["Paused" if task.paused else "On" for task in tasks],
            "Last run": [desk.when(task.last_run) for task in tasks],
            "Ended": [words(task.last_status) for task in tasks],
            "What happened": [task.last_detail for task in tasks],
            "Next run": ["" if task.next_run is None else desk.when(task.next_run) for task in tasks],
        },
        "Background work and when it runs",
        key="admin_task_action",
        actions=[_menu(task) for task in tasks],
        on_action=task_chosen,
    )
    st.subheader("Runs")
    with st.container(horizontal=True):
        task = st.selectbox(
            "Task",
            ["Any", *(one.name for one in tasks)],
            key="admin_runs_task",
            format_func=lambda name: name if name == "Any" else name_of(name),
            width=240,
        )
        status = st.selectbox(
            "Status",
            ["Any", *STATUSES],
            key="admin_runs_status",
            format_func=lambda s: s if s == "Any" else words(s),
            width=180,
        )
    key, page = page_number("admin_runs_page", task, status)
    found = office.runs(task=None if task == "Any" else task, status=None if status == "Any" else status, page=page)
    if not found.rows:
        empty("No run", "Runs of the last week are listed here.", ":material/schedule:")
        return
    rows = found.rows

    def run_chosen(row: int, _label: str) -> None:
        if rows[row].can_retry:
            asking.ask(_retry(rows[row]))

    table(
        {
            "Number": [row.id for row in rows],
            "Task": [name_of(row.task) for row in rows],
            "Status": [words(row.status) for row in rows],
            "Tried again": [row.attempts for row in rows],
            "Queued": [desk.when(row.queued_at) for row in rows],
            "Ended": [desk.when(row.ended_at) for row in rows],
            "What happened": [row.detail for row in rows],
        },
        "Runs, newest first",
        key="admin_run_action",
        actions=[[RETRY] if row.can_retry else [] for row in rows],
        on_action=run_chosen,
        config={"Number": st.column_config.NumberColumn(format="%d")},
    )
    pager(key, found, "run", "runs")


def name_of(task: str) -> str:
    """A task's name in words."""
    return task.rsplit(":", 1)[-1].replace("_", " ").capitalize()


def _menu(task: TaskRow) -> list[str]:
    menu = [RUN] if task.cron else []
    return [*menu, RESUME if task.paused else PAUSE] if task.pausable else menu


def _task(task: TaskRow, label: str) -> None:
    name = name_of(task.name)
    if label == RUN:
        asking.ask(
            Ask(
                f"Run “{name}” now?",
                "It goes to the queue and runs beside its timetable. Running it twice does no harm.",
                "Run it",
                lambda office, _: office.run_task(task.name),
            )
        )
    elif label in {PAUSE, RESUME}:
        pause = label == PAUSE
        asking.ask(
            Ask(
                f"Pause “{name}”?" if pause else f"Let “{name}” go on?",
                "Its times pass without it until it goes on." if pause else "It runs at its next time.",
                "Pause it" if pause else "Go on",
                lambda office, _: office.pause_task(task.name, pause, task.version),
            )
        )


def _retry(row: RunRow) -> Ask:
    return Ask(
        f"Retry run {row.id}?",
        f"{name_of(row.task)} failed: {row.detail or 'no reason was kept'}. It goes to the queue again.",
        "Retry",
        lambda office, _: office.retry_run(row.id),
    )
