"""Background work: the queue, its tasks, the worker that runs them, and what is known about both."""

from core.jobs.queue import defer, make_queue, tasks_of_the_project
from core.jobs.status import QueueStatus, queue_status

__all__ = ["QueueStatus", "defer", "make_queue", "queue_status", "tasks_of_the_project"]
