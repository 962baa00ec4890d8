"""The reference lists are complete and agree with each other and with the demo."""

import unicodedata

from data.demo.people import FORMER_PROVINCES
from data.reference.lists import list_ethnic_groups, list_former_provinces, list_provinces


def test_every_former_province_went_into_one_of_the_34() -> None:
    now = {province.code for province in list_provinces()}
    assert len(now) == 34
    assert len({province.code for province in list_former_provinces()}) == 63
    assert {province.successor_code for province in list_former_provinces()} == now


def test_a_province_keeps_the_code_of_one_of_its_predecessors() -> None:
    for province in list_provinces():
        predecessors = [
            former.code for former in list_former_provinces() if former.successor_code == province.code
        ]
        assert province.code in predecessors, province.name


def test_there_are_54_ethnic_groups_and_an_entry_for_foreigners() -> None:
    groups = list_ethnic_groups()
    assert [group.code for group in groups] == [f"{number:02d}" for number in range(1, 56)]
    assert sum(group.very_few_people for group in groups) == 16
    assert all(unicodedata.is_normalized("NFC", group.name) for group in groups)


def test_invented_identity_numbers_begin_with_the_former_provinces() -> None:
    assert sorted(FORMER_PROVINCES) == sorted(f"0{province.code}" for province in list_former_provinces())
