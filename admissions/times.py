"""Instants as families read them, in Việt Nam's time."""

from datetime import datetime

from admissions.i18n import gettext as _
from data.clock import VIETNAM

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def clock_and_day(at: datetime) -> str:
    """Return ``17:00 thứ Ba 01/06/2027``."""
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M} {_(WEEKDAYS[local.weekday()])} {local:%d/%m/%Y}"
