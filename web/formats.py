"""How dates, numbers and journeys are written for people: Vietnamese order and marks, the time of Việt Nam."""

from datetime import date, datetime, timedelta

from admissions.allocation_runs import sentences
from data.clock import VIETNAM
from web.i18n import gettext as _

NARROW_SPACE = "\u00a0"  # No break between a number and its unit.


def number(value: float, decimals: int = 0) -> str:
    """Return ``1.234,5``: a point between thousands, a comma before decimals."""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".")


def percent(value: float, decimals: int = 1) -> str:
    """Return a share between 0 and 1 as ``87,5%``."""
    return number(value * 100, decimals) + "%"


def day(value: date | datetime) -> str:
    """Return ``27/03/2021``; an instant is first taken to the time of Việt Nam."""
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM).date()
    return f"{value.day:02}/{value.month:02}/{value.year}"


def clock_time(value: datetime) -> str:
    """Return ``09:12`` in the time of Việt Nam."""
    return value.astimezone(VIETNAM).strftime("%H:%M")


def moment(value: datetime) -> str:
    """Return ``09:12 ngày 01/06/2027``."""
    return _("%(time)s ngày %(day)s", time=clock_time(value), day=day(value))


def short_moment(value: datetime) -> str:
    """Return ``09:12 01/06/2027``, for tables."""
    return f"{clock_time(value)} {day(value)}"


def saved(value: datetime, now: datetime) -> str:
    """Return ``09:12`` for something saved today, else ``09:12 ngày 01/06/2027``."""
    same_day = value.astimezone(VIETNAM).date() == now.astimezone(VIETNAM).date()
    return clock_time(value) if same_day else moment(value)


def weekday(value: date | datetime) -> str:
    """Return ``thứ Ba`` or ``Chủ nhật``."""
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM).date()
    names = (
        _("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật"),
    )  # fmt: skip
    return names[value.weekday()]


def long_day(value: date | datetime) -> str:
    """Return ``thứ Ba 01/06/2027``."""
    return f"{weekday(value)} {day(value)}".replace(" ", NARROW_SPACE, 1)


def deadline(value: datetime) -> str:
    """Return ``thứ Ba 01/06/2027, trước 17:00``. Midnight belongs to the day that ends then, written 24:00."""
    local = value.astimezone(VIETNAM)
    if (local.hour, local.minute) == (0, 0):
        return _("%(day)s, trước %(time)s", day=long_day(local - timedelta(minutes=1)), time="24:00")
    return _("%(day)s, trước %(time)s", day=long_day(local), time=clock_time(local))


def days_left(end: datetime, now: datetime) -> str:
    """Return how long until ``end`` in words: whole days, in the last day hours, in the last hour minutes."""
    left = max(end - now, timedelta(0))
    if left >= timedelta(days=1):
        return _("còn %(count)s ngày", count=left.days)
    if left >= timedelta(hours=1):
        return _("còn %(count)s giờ", count=left.seconds // 3600)
    return _("còn %(count)s phút", count=left.seconds // 60)


def duration(time_s: int) -> str:
    """Return ``6 phút`` or ``1 giờ 5 phút`` as reasons and letters write it, without a break inside."""
    return sentences.minutes(time_s).replace(" ", NARROW_SPACE)


def length(length_m: int) -> str:
    """Return ``450 m`` or ``1,8 km`` as reasons and letters write it, without a break inside."""
    return sentences.kilometres(length_m).replace(" ", NARROW_SPACE)


def profile_words(profile: str) -> str:
    """Return how one travels in a profile: ``xe máy``, ``đi bộ``."""
    return {
        "motorbike": _("xe máy"),
        "walk": _("đi bộ"),
        "car": _("ô tô"),
        "boat": _("đi đò"),
    }[profile]


def travel(time_s: int, length_m: int, profile: str) -> str:
    """Return ``6 phút xe máy · 1,8 km``."""
    means = f"{duration(time_s)} {profile_words(profile)}".replace(" ", NARROW_SPACE)
    return f"{means} ·{NARROW_SPACE}{length(length_m)}"


def school_year(first_year: int) -> str:
    """Return ``2027-2028`` with a dash that does not break."""
    return f"{first_year}\u2011{first_year + 1}"


def telephone(number_text: str) -> str:
    """Return the address for a telephone link: digits only."""
    return "tel:" + "".join(sign for sign in number_text if sign.isdigit() or sign == "+")
