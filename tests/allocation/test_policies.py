"""Policies: every preset is sound and true to its example children; the linter finds what harms."""

from decimal import Decimal
from itertools import pairwise

import pytest

from allocation import instance_from_dict, solve
from allocation.policies import (
    PolicyError,
    failing_examples,
    find_preset,
    lint,
    list_presets,
    priority_classes,
    read_policy,
    score,
    standing,
)

PLAIN = """
format = "dungtuyen-policy/1"
name = "plain"
title = "Thử"
source = "kiểm thử"
levels = ["lop1"]
mechanism = "deferred_acceptance"
within_tier = ["sibling", "travel_band"]
ties = "lottery"
seed_source = "witnessed_drawing"
place_everyone = true
ladder = ["board_decision"]

[[tiers]]
name = "Trong tuyến"
when = { all = [{ fact = "in_zone", is = true }] }

[[tiers]]
name = "Khác"

[travel]
metric = "network_time"
profile = "motorbike"
band_s = 60

[[examples]]
says = "Trẻ trong tuyến"
tier = 1
facts = { in_zone = true }
"""

RESERVES = """
[[reserves]]
name = "ở xa"
percent = 60

[[reserves]]
name = "nội trú"
percent = 41

"""


def codes(text: str) -> set[str]:
    return {warning.code for warning in lint(read_policy(text))}


def test_the_seven_presets_of_the_compulsory_levels_and_four_of_grade_ten_are_shipped() -> None:
    grade_ten = [name for name in list_presets() if name.startswith("lop10")]
    assert len(grade_ten) == 4
    assert len(list_presets()) - len(grade_ten) == 7


@pytest.mark.parametrize("name", list_presets())
def test_a_preset_puts_its_example_children_where_it_says(name: str) -> None:
    policy = find_preset(name)
    assert policy is not None
    assert policy.name == name
    assert policy.examples
    assert failing_examples(policy) == []
    assert "tier_never_met" not in {warning.code for warning in lint(policy)}


def test_of_the_presets_only_the_legacy_ones_rank_temporary_residents_last() -> None:
    ranked_last = {
        name
        for name in list_presets()
        if any(warning.code == "temporary_residents_last" for warning in lint(find_preset(name)))
    }
    assert ranked_last == {"hanoi-2017"}


def test_a_sound_policy_gives_no_warning() -> None:
    assert codes(PLAIN) == set()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (
            '{ fact = "in_zone", is = true }',
            '{ fact = "residence_type", is = "permanent" }',
            "temporary_residents_last",
        ),
        ('metric = "network_time"', 'metric = "straight"', "straight_lines"),
        ("band_s = 60", "band_s = 5", "narrow_bands"),
        ('seed_source = "witnessed_drawing"', "", "lottery_without_seed"),
        ('ties = "lottery"', 'ties = "none"', "whole_classes"),
        (
            '{ fact = "in_zone", is = true }',
            '{ fact = "sibling_enrolled", is = true }',
            "siblings_starve_zone",
        ),
        ("place_everyone = true", "place_everyone = false", "children_left_out"),
        ('ladder = ["board_decision"]', "", "no_ladder"),
        ('mechanism = "deferred_acceptance"', 'mechanism = "immediate_acceptance"', "first_wishes_first"),
        ("place_everyone = true", "place_everyone = true\nmax_preferences = 2", "short_lists"),
        ("tier = 1", "tier = 2", "example_fails"),
        (
            'name = "Khác"',
            'name = "Trống"\nwhen = { all = [{ fact = "in_zone", is = true }, { fact = "disability", is = true }] }',
            "tier_never_met",
        ),
        ("[travel]", RESERVES + "[travel]", "reserves_too_large"),
    ],
)
def test_the_linter_names_what_harms(old: str, new: str, code: str) -> None:
    assert old in PLAIN
    assert code in codes(PLAIN.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('format = "dungtuyen-policy/1"', "", "$.format"),
        ('levels = ["lop1"]', 'levels = ["lop2"]', "$.levels"),
        ("band_s = 60", "band_s = 0", "$.travel.band_s"),
        ("band_s = 60", "band_s = true", "$.travel.band_s"),
        ('fact = "in_zone"', 'fact = "hair_colour"', "$.tiers[0].when.all[0].fact"),
        ("is = true }] }", 'is = "yes" }] }', "$.tiers[0].when.all[0].is"),
        ("tier = 1", "tier = 9", "$.examples[0].tier"),
        ("facts = { in_zone = true }", "facts = { height = 3 }", "$.examples[0].facts.height"),
        ('title = "Thử"', 'title = "Thử"\ncolour = "red"', "$.colour"),
        ('title = "Thử"', "title = ", "$"),
    ],
)
def test_a_faulty_policy_is_refused_with_the_path(old: str, new: str, path: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(PLAIN.replace(old, new))
    assert caught.value.path == path


def test_the_hash_follows_the_rules_and_not_the_writing() -> None:
    assert (
        read_policy(PLAIN).sha256
        == read_policy("# a remark\n" + PLAIN.replace("band_s = 60", "band_s  =  60")).sha256
    )
    assert read_policy(PLAIN).sha256 != read_policy(PLAIN.replace("band_s = 60", "band_s = 61")).sha256


def test_within_a_tier_a_sibling_outranks_a_nearer_child_and_a_band_is_a_tie() -> None:
    classes, standings = priority_classes(
        read_policy(PLAIN),
        {
            "sibling": {"in_zone": True, "sibling_enrolled": True, "travel_s": 900},
            "near": {"in_zone": True, "travel_s": 61},
            "same_band": {"in_zone": True, "travel_s": 119},
            "outside": {"in_zone": False, "travel_s": 10},
            "unknown": {"in_zone": True},
        },
    )
    assert classes == [["sibling"], ["near", "same_band"], ["unknown"], ["outside"]]
    assert all(better < worse for better, worse in pairwise(standings))


def test_the_second_group_never_displaces_the_first() -> None:
    policy = find_preset("hcmc-2026-a")
    local = [f"local{number}" for number in range(30)]
    others = [f"other{number}" for number in range(30)]
    facts = {one: {"right_age": True, "in_commune": True, "travel_s": 3000} for one in local} | {
        one: {"right_age": True, "in_commune": False, "attended_feeder": True, "travel_s": 10}
        for one in others
    }
    classes, _ = priority_classes(policy, facts)
    body = {
        "format": "dungtuyen-instance/1",
        "mechanism": "deferred_acceptance",
        "schools": {"A": {"capacity": 40, "priority": classes}},
        "students": {one: {"preferences": ["A"]} for one in facts},
        "lottery": {"seed": "01"},
    }
    assignment = solve(instance_from_dict(body)).assignment
    assert all(assignment[one] == "A" for one in local)
    assert sum(assignment[one] == "A" for one in others) == 10


def test_a_grade_ten_score_adds_papers_and_points_and_a_zero_excludes() -> None:
    policy = find_preset("lop10-hanoi-2026")
    papers = {
        "math": Decimal("8.25"),
        "literature": 7,
        "third": Decimal("9.5"),
        "priority_points": Decimal("1.5"),
    }
    assert score(policy, papers) == Decimal("26.25")
    assert score(policy, {**papers, "math": 0}) is None
    assert score(policy, {"math": 8}) is None
    assert standing(policy, {"finished_previous_level": True, **papers}).tier == 1
