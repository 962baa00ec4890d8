"""The one injectable clock. Rules take ``now``; only the edges (web, jobs, commands) call a clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def system_clock() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def fixed_clock(now: datetime) -> Clock:
    """Return a clock that always says ``now``; tests and the demo season use it."""
    return lambda: now
