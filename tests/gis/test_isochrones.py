"""Isochrones agree with the travel times of homes on both sides of the line."""

from random import Random

import numpy as np
import pytest
import shapely

from gis.coordinates import Point
from gis.isochrones import isochrones
from gis.travel import Traveller


@pytest.fixture
def traveller(two_banks, built) -> Traveller:
    """A walker on the two banks."""
    return Traveller(built(two_banks), "walk")


def test_homes_inside_reach_the_school_in_time_and_homes_outside_do_not(traveller, at):
    school = np.array([at(100, 100)])
    lines = isochrones(traveller, school, limits=[3, 6, 15])
    gate, random, wrong, seen = traveller.prepare(school), Random(4), 0, 0
    for _ in range(600):
        home = Point(*at(random.uniform(-300, 1200), random.uniform(-300, 1200)))
        travel = traveller.from_one(home, gate)[0]
        for line in lines:
            expected = travel is not None and travel.time_s <= 60 * line.limit
            wrong += bool(line.shape.contains(shapely.Point(home))) != expected
            seen += 1
    assert wrong / seen < 0.03


def test_a_longer_limit_holds_the_shorter_one(traveller, at):
    short, middle, long = isochrones(traveller, np.array([at(100, 100)]), limits=[10, 3, 6])
    assert [line.limit for line in (short, middle, long)] == [3, 6, 10]
    assert short.area_km2 < middle.area_km2 < long.area_km2
    assert short.shape.difference(middle.shape).area < 1e-9 > middle.shape.difference(long.shape).area


def test_the_other_bank_is_out_of_reach_until_the_bridge(traveller, at):
    near, far = isochrones(traveller, np.array([at(390, 100)]), limits=[8, 40])
    east = shapely.Point(at(620, 100))
    assert not near.shape.contains(east)
    assert far.shape.contains(east)


def test_metres_of_road_are_a_measure_too(traveller, at):
    line = isochrones(traveller, np.array([at(100, 100)]), limits=[200], measure="metres")[0]
    assert line.shape.contains(shapely.Point(at(100, 250)))
    assert not line.shape.contains(shapely.Point(at(250, 250)))


def test_the_nearest_of_several_schools_counts(traveller, at):
    both = isochrones(traveller, np.array([at(0, 0), at(1000, 0)]), limits=[4])[0]
    assert both.shape.contains(shapely.Point(at(50, 0)))
    assert both.shape.contains(shapely.Point(at(950, 0)))
    assert not both.shape.contains(shapely.Point(at(350, 350)))


def test_a_school_without_a_road_reaches_nobody(traveller, at):
    lines = isochrones(traveller, np.array([at(-9000, 0)]), limits=[5, 10])
    assert [line.area_km2 for line in lines] == [0, 0]
