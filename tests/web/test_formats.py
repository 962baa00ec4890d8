"""Dates, numbers, ways and sentences as families read them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from admissions import i18n
from admissions.applications.views import StudentCard
from admissions.rounds.travel import Travel
from admissions.schools.views import Cutoff, SchoolChoice
from gis.service import Route
from gis.travel import Leg
from web import formats, words
from web.i18n import choose_language, gettext
from web.route_words import route_steps

NB = "\u00a0"


def test_numbers_have_points_between_thousands_and_a_comma_before_decimals() -> None:
    assert formats.number(1234.5, 1) == "1.234,5"
    assert formats.number(1_234_567) == "1.234.567"
    assert formats.percent(0.875) == "87,5%"


def test_days_are_written_day_first_in_the_time_of_viet_nam() -> None:
    assert formats.day(date(2021, 3, 27)) == "27/03/2021"
    assert formats.day(datetime(2027, 5, 31, 18, 0, tzinfo=UTC)) == "01/06/2027"
    assert formats.moment(datetime(2027, 6, 1, 2, 12, tzinfo=UTC)) == "09:12 ngày 01/06/2027"


def test_a_deadline_names_weekday_day_and_hour() -> None:
    assert formats.deadline(datetime(2027, 6, 1, 10, 0, tzinfo=UTC)) == f"thứ{NB}Ba 01/06/2027, trước 17:00"


def test_a_deadline_at_midnight_belongs_to_the_day_that_ends() -> None:
    assert formats.deadline(datetime(2027, 6, 1, 17, 0, tzinfo=UTC)) == f"thứ{NB}Ba 01/06/2027, trước 24:00"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=12, hours=3), "còn 12 ngày"),
        (timedelta(hours=23, minutes=59), "còn 23 giờ"),
        (timedelta(minutes=59), "còn 59 phút"),
        (timedelta(seconds=-5), "còn 0 phút"),
    ],
)
def test_time_left_is_told_in_its_largest_unit(left: timedelta, said: str) -> None:
    now = datetime(2027, 5, 1, tzinfo=UTC)
    assert formats.days_left(now + left, now) == said


@pytest.mark.parametrize(
    ("time_s", "said"),
    [(0, "1 phút"), (89, "1 phút"), (90, "2 phút"), (3600, "1 giờ"), (3900, "1 giờ 5 phút")],
)
def test_a_way_takes_whole_minutes_and_never_none(time_s: int, said: str) -> None:
    assert formats.duration(time_s).replace(NB, " ") == said


@pytest.mark.parametrize(
    ("length_m", "said"), [(3, "10 m"), (454, "450 m"), (994, "990 m"), (995, "1,0 km"), (1849, "1,8 km")]
)
def test_short_lengths_are_metres_and_long_ones_kilometres(length_m: int, said: str) -> None:
    assert formats.length(length_m).replace(NB, " ") == said


def test_a_way_names_its_means() -> None:
    assert formats.travel(360, 1800, "motorbike").replace(NB, " ") == "6 phút xe máy · 1,8 km"


def cutoff(**changes: object) -> Cutoff:
    values = {
        "seats": 70, "admitted": 70, "everyone_admitted": False, "tier": "Đối tượng 1", "sibling": False,
        "up_to_s": 420, "lottery_decided": False,
    }  # fmt: skip
    return Cutoff(**{**values, **changes})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (None, "Năm trước: chưa có số liệu."),
        (cutoff(everyone_admitted=True), "Năm trước: mọi con xin vào đều có chỗ."),
        (cutoff(tier=None, up_to_s=None), "Năm trước: đã hết chỗ."),
        (cutoff(), f"Năm trước: nhận Đối tượng 1 đi dưới 7{NB}phút."),
    ],
)
def test_last_years_line_is_told_without_pointing_at_a_child(line: Cutoff | None, said: str) -> None:
    assert words.cutoff_words(line) == said


def test_last_years_lottery_and_siblings_are_told() -> None:
    assert "bốc thăm" in words.cutoff_words(cutoff(lottery_decided=True))
    assert "anh, chị" in words.cutoff_words(cutoff(sibling=True))


def student(address: str) -> StudentCard:
    return StudentCard(
        "1", "A", date(2021, 1, 1), "male", "01", None, "permanent", address, "Ấp Doi Lầu", "27673",
        "Xã An Thới Đông",
    )  # fmt: skip


def choice(time_s: int | None, length_m: int = 0) -> SchoolChoice:
    travel = None if time_s is None else Travel(time_s, length_m, "motorbike")
    return SchoolChoice(1, "1", "A", "", "", "", "", 106.0, 10.0, 1, 35, 1, travel, False, None)


@pytest.mark.parametrize(
    ("time_s", "length_m", "straight_m"),
    [(1500, 1900, 1400), (900, 6400, 1900), (None, 0, 1200)],
    ids=["a ferry", "a river without a bridge", "no way at all"],
)
def test_a_school_that_looks_near_and_is_not_says_why(
    time_s: int | None, length_m: int, straight_m: int
) -> None:
    assert words.detour_words(choice(time_s, length_m), straight_m)


@pytest.mark.parametrize(
    ("time_s", "length_m", "straight_m"), [(240, 2000, 1500), (900, 8000, 6000), (60, 300, 100)]
)
def test_an_ordinary_way_needs_no_word(time_s: int, length_m: int, straight_m: int) -> None:
    assert words.detour_words(choice(time_s, length_m), straight_m) == ""


def test_an_address_is_not_said_twice() -> None:
    whole = "12/3 ấp Doi Lầu, xã An Thới Đông"
    assert words.address_words(student(whole)) == whole
    assert words.address_words(student("12/3")) == "12/3, Ấp Doi Lầu, Xã An Thới Đông"
    assert words.address_words(student("")) == "Ấp Doi Lầu, Xã An Thới Đông"


def leg(mode: str, name: str, time_s: int, length_m: int) -> Leg:
    return Leg(mode, name, "", time_s, length_m, [(106.0, 10.0), (106.1, 10.1)])


def test_a_ferry_is_named_with_its_time_and_short_stretches_are_joined() -> None:
    legs = [
        leg("straight", "", 12, 15),
        leg("motorbike", "Đường Rừng Sác", 60, 700),
        leg("motorbike", "Ngõ", 4, 30),
        leg("motorbike", "Đường Rừng Sác", 60, 700),
        leg("ferry", "Phà Bình Khánh", 900, 1100),
        leg("motorbike", "", 30, 300),
    ]
    steps = route_steps(Route(1066, 2845, legs), "motorbike")
    assert [(step.words.replace(NB, " "), step.water) for step in steps] == [
        ("Đi bộ 20 m", False),
        ("Theo Đường Rừng Sác, 1,4 km", False),
        ("Qua phà Bình Khánh, khoảng 15 phút", True),
        ("Theo đường không tên, 300 m", False),
    ]


def test_a_street_that_the_map_names_alone_is_called_a_street() -> None:
    said = route_steps(Route(60, 500, [leg("motorbike", "Lê Lợi", 60, 500)]), "motorbike")[0].words
    assert said.replace(NB, " ") == "Theo đường Lê Lợi, 500 m"


def test_between_boats_one_walks() -> None:
    legs = [leg("boat", "Đường Thạnh An", 600, 800), leg("ferry", "", 2700, 6000)]
    said = [step.words.replace(NB, " ") for step in route_steps(Route(3300, 6800, legs), "boat")]
    assert said == ["Đi bộ theo Đường Thạnh An, 800 m", "Qua đò, khoảng 45 phút"]


def test_a_catalogue_translates_and_what_it_lacks_stays_vietnamese(tmp_path, monkeypatch) -> None:
    (tmp_path / "en.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "còn %(count)s ngày"\nmsgstr "%(count)s days left"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    i18n._catalogue.cache_clear()
    with i18n.use_language("en"):
        assert gettext("còn %(count)s ngày", count=3) == "3 days left"
        assert gettext("còn %(count)s giờ", count=3) == "còn 3 giờ"
    i18n._catalogue.cache_clear()


def test_the_language_asked_for_wins_over_what_the_browser_accepts() -> None:
    available = ["vi", "en", "km"]
    assert choose_language("km", "en-GB,en;q=0.9", available) == "km"
    assert choose_language("xx", "fr, en-GB;q=0.9", available) == "en"
    assert choose_language(None, "", available) == "vi"
