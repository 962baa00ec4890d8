"""Dates of the demo, so that on any day of the year one round is published and one is open. Pure."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from data.clock import VIETNAM


class Dates(NamedTuple):
    """The dates of a round."""

    opens_at: datetime
    closes_at: datetime
    results_at: datetime


def school_year_at(now: datetime) -> int:
    """Return the first year of the school year for which admissions are prepared or under way at ``now``."""
    local = now.astimezone(VIETNAM)
    return local.year + 1 if local.month >= 9 else local.year


def _day(now: datetime, days: int, at: time) -> datetime:
    day = now.astimezone(VIETNAM).date() + timedelta(days=days)
    return datetime.combine(day, at, VIETNAM)


def published_dates(now: datetime) -> Dates:
    """A round whose results came out three days ago."""
    return Dates(_day(now, -40, time(8)), _day(now, -12, time(17)), _day(now, -3, time(8)))


def open_dates(now: datetime) -> Dates:
    """A round that opened five days ago and takes applications for sixteen more."""
    return Dates(_day(now, -5, time(8)), _day(now, 16, time(17)), _day(now, 30, time(8)))


def last_year(dates: Dates) -> Dates:
    """The same round a year (52 weeks) earlier."""
    return Dates(*(at - timedelta(weeks=52) for at in dates))
