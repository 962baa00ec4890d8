"""The figures by which a run is judged, in words and in one fixed order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from web import formats
from web.i18n import gettext as _


@dataclass(frozen=True)
class Figure:
    """One figure: its words, how it is written, and which way is better (``more``, ``less`` or neither)."""

    key: str
    label: str
    write: Callable[[int], str]
    better: str = ""


def _hours(time_s: int) -> str:
    return _("%(count)s giờ", count=formats.number(time_s / 3600))


def list_figures() -> list[Figure]:
    """Return the figures in the order of pages."""
    count = formats.number
    return [
        Figure("applications", _("Hồ sơ được xét"), count),
        Figure("seats", _("Tổng chỉ tiêu"), count),
        Figure("placed", _("Được xếp chỗ"), count, "more"),
        Figure("unplaced", _("Chưa có chỗ"), count, "less"),
        Figure("first_choice", _("Được nguyện vọng 1"), count, "more"),
        Figure("in_choices", _("Được một trường đã chọn"), count, "more"),
        Figure("in_nearest", _("Học trường gần nhất"), count, "more"),
        Figure("median_travel_s", _("Thời gian đi: một nửa số em dưới"), formats.duration, "less"),
        Figure("p95_travel_s", _("Thời gian đi: 95% số em dưới"), formats.duration, "less"),
        Figure("longest_travel_s", _("Thời gian đi dài nhất"), formats.duration, "less"),
        Figure("total_travel_s", _("Tổng thời gian đi một lượt"), _hours, "less"),
        Figure("beyond_ceiling", _("Xa hơn mức quy định"), count, "less"),
        Figure("no_way", _("Chưa có đường đi tới trường"), count, "less"),
        Figure("blocking_pairs", _("Em bị xếp sau người đứng sau mình"), count, "less"),
    ]


def written(figure: Figure, indicators: Mapping[str, Any] | None) -> str:
    """Return a figure as text; a dash where the run has none."""
    value = (indicators or {}).get(figure.key)
    return "–" if value is None else figure.write(value)


def verdict(figure: Figure, first: Mapping[str, Any] | None, second: Mapping[str, Any] | None) -> str:
    """Return ``first`` or ``second`` for the better run, empty where they are equal or neither way is better."""
    a, b = (first or {}).get(figure.key), (second or {}).get(figure.key)
    if a is None or b is None or a == b or not figure.better:
        return ""
    return "first" if (a > b) == (figure.better == "more") else "second"
