"""A way told in words: short stretches joined, every ferry and boat named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from gis.service import Route
from gis.travel import Leg
from web import formats
from web.i18n import gettext as _
from web.map_data import FERRY

SHORT_M = 60
"""Stretches shorter than this are told with the one before them: nobody looks for them on the way."""


@dataclass(frozen=True)
class Step:
    """One line of the directions."""

    words: str
    water: bool


def route_steps(route: Route, profile: str) -> list[Step]:
    """Return the directions of a way travelled in ``profile``, from the door to the gate."""
    steps = []
    for (mode, name), legs in groupby(_without_short(route.legs), key=lambda leg: (leg.mode, leg.name)):
        stretch = list(legs)
        time_s, length_m = sum(leg.time_s for leg in stretch), sum(leg.length_m for leg in stretch)
        if mode == FERRY:
            steps.append(Step(_crossing(name, time_s, profile), True))
        else:
            on_foot = mode == "straight" or profile in ("walk", "boat")
            steps.append(Step(_stretch(name, length_m, on_foot), False))
    return steps


def _without_short(legs: Sequence[Leg]) -> list[Leg]:
    """Return the legs with each short stretch taking mode and name of the one before it on land."""
    kept: list[Leg] = []
    for leg in legs:
        if kept and leg.length_m < SHORT_M and FERRY not in (leg.mode, kept[-1].mode):
            leg = replace(leg, mode=kept[-1].mode, name=kept[-1].name)
        kept.append(leg)
    return kept


def _crossing(name: str, time_s: int, profile: str) -> str:
    """Return a crossing with its time, which holds the usual wait."""
    if not name:
        name = _("đò") if profile == "boat" else _("phà")
    return _("Qua %(name)s, khoảng %(time)s", name=name[0].lower() + name[1:], time=formats.duration(time_s))


def _road(name: str) -> str:
    """Return a road's name with the word for what it is, which maps of cities leave out: ``đường Lê Lợi``."""
    kinds = (
        "đường",
        "hẻm",
        "ngõ",
        "ngách",
        "phố",
        "cầu",
        "quốc lộ",
        "tỉnh lộ",
        "hương lộ",
        "đại lộ",
        "xa lộ",
        "cao tốc",
    )
    return name if name.lower().startswith(kinds) else _("đường %(name)s", name=name)


def _stretch(name: str, length_m: int, on_foot: bool) -> str:
    length = formats.length(length_m)
    name = _road(name) if name else ""
    if on_foot:
        return (
            _("Đi bộ theo %(road)s, %(length)s", road=name, length=length)
            if name
            else _("Đi bộ %(length)s", length=length)
        )
    if name:
        return _("Theo %(road)s, %(length)s", road=name, length=length)
    return _("Theo đường không tên, %(length)s", length=length)
