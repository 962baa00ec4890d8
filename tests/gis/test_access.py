"""Who may use a road: tags to profiles."""

import pytest

from gis.network.access import BACKWARD, BOTH, FORWARD, ferry_passage, parse_limit, road_passage
from gis.network.ferries import FerryRule, parse_duration_ms
from gis.network.speeds import read_speeds
from gis.tables import PROFILES

WALK, MOTORBIKE, CAR, BOAT = range(4)


def passage(**tags: str):
    """Return the passage of a road with these tags; ``__`` in a name stands for a colon."""
    return road_passage({key.replace("__", ":"): value for key, value in tags.items()}, read_speeds())


def test_a_residential_street_serves_everybody_both_ways():
    assert passage(highway="residential").directions == (BOTH, BOTH, BOTH, BOTH)


def test_a_motorway_serves_cars_only_and_one_way():
    assert passage(highway="motorway").directions == (0, 0, FORWARD, 0)


def test_a_one_way_street_binds_motorbikes_and_cars_but_not_walkers():
    assert passage(highway="primary", oneway="yes").directions == (BOTH, FORWARD, FORWARD, BOTH)
    assert passage(highway="primary", oneway="-1").directions == (BOTH, BACKWARD, BACKWARD, BOTH)


def test_a_motorbike_may_ride_against_a_one_way_street_that_excepts_it():
    found = passage(highway="primary", oneway="yes", oneway__motorcycle="no")
    assert (found.directions[MOTORBIKE], found.directions[CAR]) == (BOTH, FORWARD)


def test_a_roundabout_is_one_way_without_saying_so():
    assert passage(highway="tertiary", junction="roundabout").directions[MOTORBIKE] == FORWARD


@pytest.mark.parametrize("value", ["no", "private", "agricultural"])
def test_a_closed_road_serves_nobody(value: str):
    assert passage(highway="residential", access=value) is None


def test_the_particular_tag_wins_over_the_general():
    found = passage(highway="service", access="private", motorcycle="yes")
    assert found.directions == (0, BOTH, 0, 0)
    found = passage(highway="residential", motor_vehicle="no", motorcycle="yes")
    assert found.directions == (BOTH, BOTH, 0, BOTH)


def test_a_footway_serves_motorbikes_only_where_it_says_so():
    assert passage(highway="footway").directions == (BOTH, 0, 0, BOTH)
    assert passage(highway="footway", motorcycle="yes").directions == (BOTH, BOTH, 0, BOTH)


@pytest.mark.parametrize("road_class", ["construction", "proposed", "platform", "raceway"])
def test_what_is_not_yet_or_never_a_road_is_left_out(road_class: str):
    assert passage(highway=road_class) is None


def test_a_square_drawn_as_an_area_is_no_road():
    assert passage(highway="pedestrian", area="yes") is None


def test_an_alley_is_slower_than_another_service_road():
    alley, yard = passage(highway="service", service="alley"), passage(highway="service")
    assert alley.metres_per_hour[MOTORBIKE] < yard.metres_per_hour[MOTORBIKE]


def test_a_speed_limit_caps_motor_traffic_and_not_walkers():
    free, limited = passage(highway="primary"), passage(highway="primary", maxspeed="20")
    assert limited.metres_per_hour[MOTORBIKE] == 18_000 < free.metres_per_hour[MOTORBIKE]
    assert limited.metres_per_hour[WALK] == free.metres_per_hour[WALK]


@pytest.mark.parametrize(
    ("text", "metres_per_hour"),
    [("40", 40_000), ("30 mph", 48_280), ("50 km/h", 50_000), ("20;10", 10_000), ("none", 0), (None, 0)],
)
def test_speed_limits_are_read_in_their_usual_forms(text: str | None, metres_per_hour: int):
    assert parse_limit(text) == metres_per_hour


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("15", 15), ("1:30", 90), ("0:12:30", 12.5), ("PT20M", 20), ("PT1H5M", 65), ("soon", None), ("", None)],
)
def test_durations_are_read_in_their_usual_forms(text: str, minutes: float | None):
    assert parse_duration_ms(text) == (None if minutes is None else minutes * 60_000)


def ferry(length_km: float = 1, rule: FerryRule | None = None, **tags: str):
    """Return the passage of a ferry line."""
    return ferry_passage(tags, length_mm=round(length_km * 1e6), speeds=read_speeds(), rule=rule)


def who(found) -> set[str]:
    """Return the profiles that may board."""
    return {name for name, time in zip(PROFILES, found.line_ms, strict=True) if time}


def test_an_untagged_ferry_takes_people_and_motorbikes_but_no_cars():
    assert who(ferry()) == {"walk", "motorbike", "boat"}
    assert who(ferry(motorcar="yes")) == {"walk", "motorbike", "car", "boat"}
    assert who(ferry(motorcycle="no")) == {"walk", "boat"}


def test_a_ferry_takes_its_duration_plus_the_wait():
    speeds = read_speeds()
    assert ferry(duration="0:10").line_ms[MOTORBIKE] == 600_000 + speeds.wait_ms["motorbike"]


def test_a_ferry_without_duration_goes_twelve_kilometres_an_hour():
    speeds = read_speeds()
    assert ferry(length_km=2).line_ms[WALK] == 600_000 + speeds.wait_ms["walk"]


def test_a_long_line_is_a_passenger_boat_only():
    assert who(ferry(length_km=72, motorcar="no", foot="yes")) == {"boat"}
    assert ferry(length_km=72, foot="no") is None


def test_the_ferries_file_overrides_the_map():
    rule = FerryRule(profiles=frozenset({"motorbike"}), duration_ms=60_000, wait_ms=0)
    found = ferry(length_km=72, rule=rule, duration="1:30")
    assert found.line_ms == (0, 60_000, 0, 0)
    assert ferry(rule=FerryRule(frozenset(), None, None)) is None
