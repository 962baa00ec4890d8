"""Pure rules: names, numbers, codes, policies, dates of the demo, words of reasons."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admissions.allocation_runs.freeze import (
    NO_WAY_BAND,
    FrozenApplication,
    FrozenRound,
    FrozenSite,
    build_instance,
)
from admissions.allocation_runs.sentences import kilometres, minutes, result_sentence, school_sentences
from admissions.codes import ALPHABET, RandomCodes, SeededCodes, application_code, normalise_code, receipt_id
from admissions.demo.calendar import last_year, open_dates, published_dates, school_year_at
from admissions.rounds.policy import Facts, get_preset, list_presets
from admissions.rounds.travel import Travel
from admissions.students.rules import clean_name, identity_fits, normalise_phone
from allocation import instance_from_dict

POLICY = get_preset("gan-nha-lop-1")


def test_a_code_is_found_however_it_is_typed() -> None:
    code = application_code(RandomCodes(), "x")
    for typed in (code, code.lower(), code.replace("-", ""), f" {code[:3]} {code[3:]} "):
        assert normalise_code(typed) == code


def test_codes_cannot_be_told_from_receipt_ids_and_do_not_repeat() -> None:
    codes = {application_code(RandomCodes(), "x") for _ in range(2000)}
    assert len(codes) == 2000
    assert all(set(code) <= set(ALPHABET + "-") for code in codes)
    assert application_code(SeededCodes(1), "a") != application_code(SeededCodes(2), "a")
    assert receipt_id(SeededCodes(1), "a") == receipt_id(SeededCodes(1), "a")


@pytest.mark.parametrize("typed", ["0912345678", "+84912345678", "0912 345 678", "0912.345.678"])
def test_a_mobile_number_has_one_form(typed: str) -> None:
    assert normalise_phone(typed) == "0912345678"


@pytest.mark.parametrize("typed", ["", "0112345678", "912345678", "09123456789", "0912-abc"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    assert normalise_phone(typed) is None


@given(st.text())
def test_a_clean_name_stays_as_it_is(typed: str) -> None:
    assert clean_name(clean_name(typed)) == clean_name(typed)


def test_an_identity_number_tells_century_sex_and_year() -> None:
    assert identity_fits("079221000123", birth_on=date(2021, 1, 1), sex="male")
    assert not identity_fits("079321000123", birth_on=date(2021, 1, 1), sex="male")
    assert not identity_fits("079220000123", birth_on=date(2021, 1, 1), sex="male")


@pytest.mark.parametrize("policy", list_presets(), ids=lambda policy: policy.code)
def test_every_preset_takes_every_child_and_ranks_temporary_residents_as_permanent(policy) -> None:
    facts = [
        Facts(lives_in_area=lives, studied_in_area=studied)
        for lives in (True, False)
        for studied in (True, False)
    ]
    tiers = [policy.tier_of(one) for one in facts]
    assert None not in tiers
    assert tiers == sorted(tiers)
    assert "residence_kind" not in Facts.model_fields


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_a_longer_way_never_has_a_nearer_band(one: int, other: int) -> None:
    assert (POLICY.band_of(one) <= POLICY.band_of(other)) or one > other


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_on_any_day_one_round_is_published_and_one_is_open(now: datetime) -> None:
    published, opened = published_dates(now), open_dates(now)
    assert published.opens_at < published.closes_at < published.results_at < now
    assert opened.opens_at < now < opened.closes_at < opened.results_at
    assert last_year(published).results_at < published.opens_at
    assert now.year <= school_year_at(now) <= now.year + 1


@pytest.mark.parametrize(
    ("time_s", "said"),
    [(10, "1 phút"), (89, "1 phút"), (90, "2 phút"), (3600, "1 giờ"), (3900, "1 giờ 5 phút")],
)
def test_minutes_are_said_as_families_say_them(time_s: int, said: str) -> None:
    assert minutes(time_s) == said


@pytest.mark.parametrize(("length_m", "said"), [(344, "340 m"), (1840, "1,8 km"), (12_000, "12,0 km")])
def test_lengths_are_said_with_a_comma(length_m: int, said: str) -> None:
    assert kilometres(length_m) == said


def frozen(*applications: FrozenApplication, seats: int = 1) -> FrozenRound:
    return FrozenRound(
        applications, [FrozenSite("A", "A", 1, seats), FrozenSite("B", "B", 2, seats)], POLICY, "ab" * 32
    )


def child(
    key: str, *, tier: int = 0, sibling: str | None = None, wants: tuple[str, ...] = ("A",), **ways: int
):
    travel = {code: Travel(time_s, time_s * 8, "motorbike") for code, time_s in ways.items()}
    return FrozenApplication(int(key[1:]), key, None, tier, sibling, wants, travel)


def test_the_order_is_tier_then_sibling_then_band() -> None:
    body, keys = build_instance(
        frozen(
            child("r1", tier=1, A=60), child("r2", A=300), child("r3", sibling="A", A=900), child("r4", A=310),
            child("r5", A=60),
        ),
        mechanism="deferred_acceptance",
    )  # fmt: skip
    assert body["schools"]["A"]["priority"] == [["r3"], ["r5"], ["r2", "r4"], ["r1"]]
    assert keys["A"] == [(0, 0, 15), (0, 1, 1), (0, 1, 5), (1, 1, 1)]


def test_a_ranked_school_without_a_way_stays_possible_but_comes_last() -> None:
    body, keys = build_instance(frozen(child("r1", A=60), child("r2")), mechanism="deferred_acceptance")
    assert body["schools"]["A"]["priority"] == [["r1"], ["r2"]]
    assert keys["A"][-1] == (0, 1, NO_WAY_BAND)


@pytest.mark.parametrize("mechanism", ["deferred_acceptance", "min_travel"])
def test_what_is_frozen_is_a_sound_instance(mechanism: str) -> None:
    body, _keys = build_instance(frozen(child("r1", A=60, B=90), child("r2", A=70)), mechanism=mechanism)
    assert set(instance_from_dict(body).student_ids) == {"r1", "r2"}


def entry(**changes):
    return {
        "site": "A", "rank": 1, "outcome": "below_line", "key": [0, 1, 9], "seats": 35, "admitted": 35,
        "last": {"key": [0, 1, 4], "lottery": "1"}, "ahead": 40, "decided_by": "class", "time_s": 560,
        "length_m": 3000, "profile": "motorbike",
    } | changes  # fmt: skip


def said(**changes) -> str:
    (reason,) = school_sentences(
        [entry(**changes)], titles={"A": "Trường A"}, policy=POLICY, fewest_to_tell=5
    )
    return " ".join(reason.sentences)


def test_a_refusal_names_what_decided() -> None:
    assert "đến trường không quá 5 phút" in said()
    assert "bốc thăm" in said(last={"key": [0, 1, 9], "lottery": "1"})
    assert "có anh chị em" in said(last={"key": [0, 0, 30], "lottery": "1"})
    assert "được xét trước Đối tượng 2" in said(key=[1, 1, 2])


def test_where_few_were_admitted_the_last_one_is_not_told() -> None:
    text = said(admitted=4, seats=4)
    assert "riêng tư" in text
    assert "Em cuối cùng" not in text


def test_the_result_is_told_in_one_breath_for_choice_placement_and_no_seat() -> None:
    titles = {"A": "Trường A"}
    choice = result_sentence([entry(outcome="admitted")], titles=titles, policy=POLICY, compulsory=True)
    assert "nguyện vọng 1" in choice and "Đối tượng 1" in choice
    placed = result_sentence(
        [entry(outcome="placed", rank=None)], titles=titles, policy=POLICY, compulsory=True
    )
    assert "còn chỗ" in placed
    none = result_sentence([entry()], titles=titles, policy=POLICY, compulsory=True)
    assert "chắc chắn có chỗ học" in none


def test_the_open_rounds_window_spans_the_present() -> None:
    now = datetime(2027, 3, 5, 3, tzinfo=UTC)
    assert open_dates(now).closes_at - now > timedelta(days=15)
