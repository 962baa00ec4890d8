"""Names of streets and of people, plausible and invented; all Unicode NFC."""

import unicodedata
from dataclasses import dataclass, field

import numpy as np

from data.demo.landscape import Village

STREETS = (
    "Lê Hùng Yên",
    "Đào Cử",
    "Phan Trọng Tuệ",
    "Nguyễn Văn Mạnh",
    "Thạnh Thới",
    "Nguyễn Phan Vinh",
    "Lê Thương",
    "Đặng Văn Kiều",
    "Lương Văn Nho",
    "Nguyễn Công Bao",
    "Bùi Lâm",
    "Phan Đức",
    "Hòn Đất",
    "Giồng Cháy",
    "Cá Cháy",
    "Rạch Đước",
    "Rạch Gốc",
    "Bến Đò",
    "Chợ Cũ",
    "Đình Làng",
    "Trạm Y Tế",
    "Đê Bao",
    "Kênh Ngang",
    "Kênh Dọc",
    "Bờ Đê",
    "Cây Bần",
    "Cây Đước",
    "Cây Mắm",
    "Xóm Lưới",
    "Xóm Muối",
    "Xóm Rẫy",
    "Xóm Đình",
    "Miễu Bà",
    "Miễu Ông",
    "Lò Gạch",
    "Lò Đường",
    "Ruộng Muối",
    "Bàu Sen",
    "Giồng Trôm",
    "Vườn Xoài",
    "Vườn Dừa",
    "Bờ Tràm",
    "Rạch Lỡ",
    "Rạch Sâu",
    "Đồng Muối",
    "Cầu Ván",
    "Bến Cá",
    "Nhà Thờ",
)

FAMILY_NAMES = (
    ("Nguyễn", 310),
    ("Trần", 115),
    ("Lê", 100),
    ("Phạm", 72),
    ("Huỳnh", 58),
    ("Võ", 45),
    ("Phan", 44),
    ("Đặng", 27),
    ("Bùi", 24),
    ("Đỗ", 22),
    ("Hồ", 22),
    ("Ngô", 18),
    ("Dương", 17),
    ("Lý", 14),
    ("Trương", 20),
    ("Đinh", 10),
    ("Lâm", 10),
    ("Mai", 9),
    ("Đoàn", 9),
    ("Cao", 8),
    ("Châu", 7),
    ("Tô", 6),
    ("Hà", 6),
    ("Lưu", 5),
    ("Kiều", 3),
    ("Tạ", 3),
    ("Quách", 2),
    ("Thái", 4),
)
GIVEN_MALE = (
    "Minh Khôi",
    "Gia Bảo",
    "Đăng Khoa",
    "Hoàng Phúc",
    "Quốc Huy",
    "Nhật Minh",
    "Thiên Ân",
    "Bảo Long",
    "Anh Kiệt",
    "Phúc Thịnh",
    "Hữu Nghĩa",
    "Văn Tài",
    "Văn Lộc",
    "Thành Đạt",
    "Tuấn Kiệt",
    "Duy Khang",
    "Trung Tín",
    "Đức Anh",
    "Minh Triết",
    "Hải Đăng",
    "Chí Thanh",
    "Quang Vinh",
    "Tấn Phát",
    "Trọng Nhân",
    "Khánh Duy",
    "Thanh Tùng",
    "Công Danh",
    "Nguyên Khang",
    "Bá Lộc",
    "Hoài An",
    "Văn Út",
    "Minh Quân",
)
GIVEN_FEMALE = (
    "Ngọc Lan",
    "Bảo Ngọc",
    "Khánh Vy",
    "Gia Hân",
    "Thị Mỹ Duyên",
    "Thị Kim Ngân",
    "Quỳnh Như",
    "Thảo Vy",
    "Phương Thảo",
    "Thị Cẩm Tú",
    "Ánh Dương",
    "Tường Vy",
    "Thanh Trúc",
    "Minh Thư",
    "Thị Ngọc Hân",
    "Bích Trâm",
    "Hoàng Yến",
    "Như Ý",
    "Thị Thu Hà",
    "Diễm My",
    "Yến Nhi",
    "Thùy Linh",
    "Hồng Nhung",
    "Thị Bé Ba",
    "An Nhiên",
    "Kim Oanh",
    "Mỹ Tiên",
    "Xuân Mai",
    "Thiên Kim",
    "Hà My",
    "Thị Út",
    "Tú Anh",
)
KHMER_FAMILY = ("Thạch", "Sơn", "Kim", "Danh", "Lâm", "Châu", "Kiên", "Neáng")
KHMER_MALE = ("Sa Rương", "Sô Phia", "Đa Ra", "Sóc Kha", "Rít Thi", "Chanh Đa", "Vi Sal", "Sà Rết")
KHMER_FEMALE = (
    "Thị Sóc Kha",
    "Thị Sa Rây",
    "Thị Bô Pha",
    "Srây Mom",
    "Thị Ri Na",
    "Thị Phol La",
    "Chanh Thu",
)
HOA_FAMILY = ("Lâm", "Trần", "Quách", "Huỳnh", "Lý", "Vương", "Lưu", "Thái")
HIGHLAND = {
    "12": {
        "Nam": ("Y Thịnh Êban", "Y Khoa Niê", "Y Blô Mlô"),
        "Nữ": ("H'Hen Niê", "H'Linh Êban", "H'Mai Ayun"),
    },
    "16": {"Nam": ("K'Tâm", "K'Brôi", "K'Vinh"), "Nữ": ("Ka Nhim", "Ka Thủy", "K'Duyên")},
    "28": {"Nam": ("K'Thế", "K'Brèm"), "Nữ": ("Ka Hiền", "Ka Dung")},
    "55": {"Nam": ("Daniel",), "Nữ": ("Sophia",)},
    "08": {"Nam": ("Dơ", "Giàng A Páo"), "Nữ": ("Mị", "Vàng Thị Dính")},
}
"""People whose names have another shape than family, middle, given: apostrophes, clan names last, one part only."""


@dataclass
class StreetNames:
    """Hands out street names so that no commune has the same name twice."""

    used: dict[str, int] = field(default_factory=dict)

    def for_village(self, village: Village) -> list[str]:
        """Return names for the rows of one village, to be used up from the end."""
        names = []
        for _ in range(village.left + village.right):
            count = self.used.get(village.commune, int(village.commune) * 7 % len(STREETS))
            turn = count - int(village.commune) * 7 % len(STREETS)
            lap = turn // len(STREETS)
            names.append(f"Đường {STREETS[count % len(STREETS)]}" + (f" {lap + 1}" if lap else ""))
            self.used[village.commune] = count + 1
        return names[::-1]


def without_marks(text: str) -> str:
    """Return the text in plain ASCII letters, for the invented e-mail addresses."""
    bare = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(letter for letter in bare if letter.isascii() and (letter.isalnum() or letter == " "))


def family_name(rng: np.random.Generator, ethnicity: str) -> str:
    """Return a family name usual among people of an ethnic group (code), or nothing where none is borne."""
    if ethnicity in HIGHLAND:
        return ""
    if ethnicity == "05":
        return KHMER_FAMILY[int(rng.integers(len(KHMER_FAMILY)))]
    if ethnicity == "04":
        return HOA_FAMILY[int(rng.integers(len(HOA_FAMILY)))]
    return str(FAMILY_DRAW[int(rng.integers(len(FAMILY_DRAW)))])


FAMILY_DRAW = tuple(name for name, count in FAMILY_NAMES for _ in range(count))


def given_name(rng: np.random.Generator, ethnicity: str, sex: str) -> str:
    """Return the rest of a name after the family name; for the highland groups the whole of it."""
    if ethnicity in HIGHLAND:
        choices = HIGHLAND[ethnicity][sex]
    elif ethnicity == "05":
        choices = KHMER_MALE if sex == "Nam" else KHMER_FEMALE
    else:
        choices = GIVEN_MALE if sex == "Nam" else GIVEN_FEMALE
    return choices[int(rng.integers(len(choices)))]
