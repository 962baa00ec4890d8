"""A way told in words: short stretches joined, every ferry and boat named."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gis.service import Route
from gis.travel import Leg
from web import formats
from web.i18n import gettext as _
from web.map_data import WATER_MODES

SHORT_M = 60
"""Stretches shorter than this are told with the one before them: nobody looks for them on the way."""


@dataclass(frozen=True)
class Step:
    """One line of the directions."""

    words: str
    water: bool


def route_steps(route: Route) -> list[Step]:
    """Return the directions of a way, from the door to the gate."""
    steps = []
    for (mode, name), legs in groupby(_without_short(route.legs), key=lambda leg: (leg.mode, leg.name)):
        stretch = list(legs)
        time_s, length_m = sum(leg.time_s for leg in stretch), sum(leg.length_m for leg in stretch)
        steps.append(_step(mode, name, time_s, length_m))
    return steps


def _without_short(legs: Sequence[Leg]) -> list[Leg]:
    """Return the legs with each short nameless-to-the-traveller stretch taking the name of the one before."""
    kept: list[Leg] = []
    for leg in legs:
        if kept and leg.length_m < SHORT_M and leg.mode not in WATER_MODES and kept[-1].mode not in WATER_MODES:
            before = kept[-1]
            leg = Leg(before.mode, before.name, before.road_class, leg.time_s, leg.length_m, leg.line)
        kept.append(leg)
    return kept


def _step(mode: str, name: str, time_s: int, length_m: int) -> Step:
    far = formats.length(length_m)
    long = formats.duration(time_s)
    match mode:
        case "ferry":
            words = (
                _("Qua phà %(name)s, khoảng %(time)s", name=name.removeprefix("Phà ").removeprefix("phà "), time=long)
                if name
                else _("Qua phà, khoảng %(time)s", time=long)
            )
            return Step(words, True)
        case "boat":
            words = _("Đi đò %(name)s, khoảng %(time)s", name=name, time=long) if name else _(
                "Đi đò, khoảng %(time)s", time=long
            )
            return Step(words, True)
        case "straight":
            return Step(_("Đi bộ %(length)s", length=far), False)
    if name:
        return Step(_("Theo %(road)s, %(length)s", road=name, length=far), False)
    return Step(_("Theo đường không tên, %(length)s", length=far), False)
