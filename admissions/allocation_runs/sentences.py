"""Reasons in plain Vietnamese, made from the stored entries of a run (``reasons``).

Never reveals another child: cut-offs are told in bands of travel time, and not at all where few were admitted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admissions.i18n import gettext as _
from admissions.rounds.policy import Policy

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class SchoolReasonText:
    """One considered school in words."""

    site_code: str
    title: str
    rank: int | None
    admitted: bool
    travel_s: int | None
    length_m: int | None
    profile: str | None
    sentences: Sequence[str]


def minutes(time_s: int) -> str:
    """Return a time as families say it, rounded to whole minutes, at least one: ``6 phút``, ``1 giờ 5 phút``."""
    whole = max(1, (time_s + 30) // 60)
    hours, rest = divmod(whole, 60)
    if not hours:
        return _("{n} phút").format(n=rest)
    return _("{h} giờ {n} phút").format(h=hours, n=rest) if rest else _("{h} giờ").format(h=hours)


def kilometres(length_m: int) -> str:
    """Return a length as families read it: ``1,8 km``, ``350 m``."""
    if length_m < 995:
        return f"{max(10, (length_m + 5) // 10 * 10)} m"
    return f"{length_m / 1000:.1f} km".replace(".", ",")


def _way(entry: Entry) -> str:
    if entry["time_s"] is None:
        return _("không có đường đi đến trường này từ nơi ở của con")
    means = {"walk": _("đi bộ"), "motorbike": _("xe máy"), "car": _("ô tô"), "boat": _("đò và đi bộ")}
    return f"{minutes(entry['time_s'])} {means[entry['profile']]}, {kilometres(entry['length_m'])}"


def result_sentence(
    entries: Sequence[Entry], *, titles: Mapping[str, str], policy: Policy, compulsory: bool
) -> str:
    """Return the one sentence that answers "why this school?"."""
    got = next((entry for entry in entries if entry["outcome"] in ("admitted", "placed")), None)
    if got is None:
        said = [_("Đợt này chưa xếp được chỗ cho con.")]
        if compulsory:
            said.append(_("Con chắc chắn có chỗ học: Ủy ban nhân dân xã sẽ bố trí và báo cho anh/chị."))
        return " ".join(said)
    title = titles[got["site"]]
    if got["outcome"] == "placed":
        return _(
            "Các trường anh/chị chọn đã đủ chỗ cho các em xếp trước con. Con được xếp vào {school} ({way}). "
            "Trong các trường còn chỗ, cách xếp này giúp tất cả các em chưa có trường đi học gần nhất có thể."
        ).format(school=title, way=_way(got))
    tier = policy.tiers[got["key"][0]]
    return _(
        "Con được xếp vào {school}, nguyện vọng {rank} của gia đình ({way}). Con thuộc {tier} vì {why}."
    ).format(school=title, rank=got["rank"], way=_way(got), tier=tier.name, why=tier.reason)


def school_sentences(
    entries: Sequence[Entry], *, titles: Mapping[str, str], policy: Policy, fewest_to_tell: int
) -> list[SchoolReasonText]:
    """Return every considered school with its reason, in the family's order."""
    return [
        SchoolReasonText(
            site_code=entry["site"],
            title=titles[entry["site"]],
            rank=entry["rank"],
            admitted=entry["outcome"] in ("admitted", "placed"),
            travel_s=entry["time_s"],
            length_m=entry["length_m"],
            profile=entry["profile"],
            sentences=_sentences(entry, policy, fewest_to_tell),
        )
        for entry in entries
    ]


def _sentences(entry: Entry, policy: Policy, fewest_to_tell: int) -> list[str]:
    outcome = entry["outcome"]
    if outcome == "not_considered":
        return [_("Không xét đến, vì con đã được trường xếp trên trong danh sách.")]
    if outcome == "not_eligible":
        return [_("Trường này không nhận con theo quy định của đợt tuyển sinh.")]
    if outcome == "placed":
        return [_("Trường còn chỗ sau khi xét các nguyện vọng."), _own(entry, policy)]
    if outcome == "admitted":
        return [_("Trường nhận con."), _own(entry, policy)]
    return [
        _own(entry, policy),
        _("Trường có {seats} chỗ; {ahead} em xếp trước con nên trường đã đủ.").format(
            seats=entry["seats"], ahead=entry["ahead"]
        ),
        *_last_admitted(entry, policy, fewest_to_tell),
    ]


def _own(entry: Entry, policy: Policy) -> str:
    tier, sibling, _band = entry["key"] if entry["key"] is not None else (None, 1, None)
    parts = [policy.tiers[tier].name] if tier is not None else []
    if sibling == 0:
        parts.append(_("có anh chị em đang học tại trường"))
    parts.append(_way(entry))
    return _("Con: {facts}.").format(facts="; ".join(parts))


def _last_admitted(entry: Entry, policy: Policy, fewest_to_tell: int) -> list[str]:
    last, own = entry["last"], entry["key"]
    if last is None or own is None:
        return []
    if entry["admitted"] < fewest_to_tell:
        return [_("Trường nhận ít em nên không nói rõ em cuối cùng, để giữ riêng tư cho các em.")]
    tier, sibling, band = last["key"]
    name, width = policy.tiers[tier].name, policy.travel.band_s
    said = _("Em cuối cùng được nhận thuộc {tier}").format(tier=name)
    if own[0] != tier:
        return [_("{said}, được xét trước {own}.").format(said=said, own=policy.tiers[own[0]].name)]
    if own[1] != sibling:
        return [_("{said} và có anh chị em đang học tại trường, được xét trước.").format(said=said)]
    if own[2] != band:
        near = minutes((band + 1) * width)
        return [_("{said}, đến trường không quá {near}.").format(said=said, near=near)]
    return [
        _("{said}, đi đến trường cũng mất chừng ấy thời gian. Các em bằng nhau phải bốc thăm và số của con đến sau.")
        .format(said=said)
    ]  # fmt: skip
