"""Facts of the product told as sentences for families and officers."""

from admissions.allocation_runs.rules import RunState
from admissions.applications.rules import State
from admissions.applications.views import StudentCard
from admissions.schools.views import Cutoff, SchoolChoice
from web import formats
from web.i18n import gettext as _

DETOUR = 2.5
"""From this ratio of way to straight line on, a page says why a school that looks near is not."""
LOOKS_NEAR_M = 5000
SLOW_S = 600
SLOWEST_MPS = 2.5
"""A way of ten minutes or more on which one gets nearer by less than this in a second waits for a ferry or winds."""


def line_words(cutoff: Cutoff | None) -> str:
    """Return how far a school's seats reached, without pointing at a child."""
    if cutoff is None:
        return _("chưa có số liệu")
    if cutoff.everyone_admitted:
        return _("mọi con xin vào đều có chỗ")
    if cutoff.tier is None or cutoff.up_to_s is None:
        return _("đã hết chỗ")
    if cutoff.sibling:
        return _("hết chỗ ngay trong các con có anh, chị đang học tại trường (%(tier)s)", tier=cutoff.tier)
    values = {"tier": cutoff.tier, "time": formats.duration(cutoff.up_to_s)}
    if cutoff.lottery_decided:
        return _("nhận %(tier)s đi dưới %(time)s; ở mức cuối phải bốc thăm", **values)
    return _("nhận %(tier)s đi dưới %(time)s", **values)


def cutoff_words(cutoff: Cutoff | None) -> str:
    """Return how far the school's seats reached last year, as a sentence."""
    return _("Năm trước: %(line)s.", line=line_words(cutoff))


def basis_words(basis: str, in_area: bool) -> str:
    """Return under which rule a home falls in a round."""
    if not in_area:
        return _("ngoài khu vực tuyển sinh")
    return _("thuộc địa bàn tuyển sinh") if basis == "zone" else _("thuộc diện xét gần nơi ở")


def travel_words(choice: SchoolChoice) -> str:
    """Return ``6 phút xe máy · 1,8 km``, or that there is no way."""
    if choice.travel is None:
        return _("chưa có đường đi")
    return formats.travel(choice.travel.time_s, choice.travel.length_m, choice.travel.profile)


def detour_words(choice: SchoolChoice, straight_m: int | None) -> str:
    """Return why a school that looks near on a map is far on the road; empty where it is not so."""
    if straight_m is None or straight_m > LOOKS_NEAR_M:
        return ""
    if choice.travel is None:
        return _(
            "Trông gần (%(straight)s) nhưng không có đường, cầu hay phà nối tới.",
            straight=formats.length(straight_m),
        )
    way = choice.travel
    long_way = way.length_m >= DETOUR * straight_m and way.length_m - straight_m >= 1000
    slow_way = way.time_s >= SLOW_S and way.time_s * SLOWEST_MPS > straight_m
    if not (long_way or slow_way):
        return ""
    return _(
        "Đường chim bay chỉ %(straight)s, nhưng đi thật mất %(time)s (%(length)s).",
        straight=formats.length(straight_m), time=formats.duration(way.time_s), length=formats.length(way.length_m),
    )  # fmt: skip


def address_words(student: StudentCard) -> str:
    """Return the address on record; hamlet and commune are added only where the office left them out."""
    address = student.address
    for part in (student.hamlet, student.commune_name):
        if part and part.casefold() not in address.casefold():
            address = f"{address}, {part}" if address else part
    return address


def residence_words(kind: str) -> str:
    """Return the kind of residence as the law names it."""
    return {
        "permanent": _("thường trú"),
        "temporary": _("tạm trú"),
        "actual": _("nơi ở hiện tại"),
    }[kind]


def state_words(state: State) -> str:
    """Return where an application stands."""
    return {
        State.DRAFT: _("đang điền"),
        State.SUBMITTED: _("đã nộp"),
        State.IN_REVIEW: _("chờ xác minh nơi ở"),
        State.VERIFIED: _("hợp lệ"),
        State.IN_POOL: _("đang xếp chỗ"),
        State.OFFERED: _("đã có trường"),
        State.UNPLACED: _("chờ bố trí"),
        State.WITHDRAWN: _("đã rút"),
    }[state]


def run_state_words(state: str) -> str:
    """Return where a run stands."""
    return {
        RunState.QUEUED: _("đang chờ chạy"),
        RunState.RUNNING: _("đang chạy"),
        RunState.DONE: _("chờ duyệt"),
        RunState.FAILED: _("không chạy được"),
        RunState.APPROVED: _("đã duyệt, chờ công bố"),
        RunState.PUBLISHED: _("đã công bố"),
    }[RunState(state)]


def mechanism_words(mechanism: str) -> str:
    """Return what a mechanism does, in words."""
    return {
        "deferred_acceptance": _("Theo nguyện vọng và thứ tự xét của trường"),
        "min_travel": _("Tổng thời gian đi lại ngắn nhất"),
    }.get(mechanism, mechanism)
