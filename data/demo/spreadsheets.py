"""Writes the office's spreadsheets: schools with sites and seats, and students with guardians and homes.

Every cell is text, as offices that care for leading zeros keep them; dates are dd/mm/yyyy.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

SCHOOL_COLUMNS = ("Mã trường", "Tên trường", "Loại hình", "Cấp học", "Mã xã", "Địa chỉ", "Điện thoại")
SITE_COLUMNS = ("Mã điểm", "Mã trường", "Tên điểm", "Kinh độ", "Vĩ độ", "Địa chỉ")
SEAT_COLUMNS = ("Năm học", "Lớp tuyển", "Mã điểm", "Số lớp", "Sĩ số tối đa", "Chỉ tiêu")
STUDENT_COLUMNS = (
    "Năm học", "Lớp tuyển", "Mã học sinh", "Số định danh", "Họ và tên", "Ngày sinh", "Giới tính", "Mã dân tộc",
    "Quốc tịch", "Mã trường đang học", "Mã trường anh chị em", "Mã nhóm sinh đôi", "Loại cư trú", "Địa chỉ",
    "Ấp/Khu phố", "Mã xã", "Kinh độ", "Vĩ độ", "Họ tên người giám hộ", "Quan hệ", "Năm sinh người giám hộ",
    "Số điện thoại", "Email",
)  # fmt: skip
CREATED_AT = datetime(2026, 7, 1)  # noqa: DTZ001  xlsxwriter wants a naive date and writes it as UTC

Sheet = tuple[str, Sequence[str], Iterable[Sequence[str]]]


def school_year_text(school_year: int) -> str:
    """Return a school year as offices write it: 2027 is "2027-2028"."""
    return f"{school_year}-{school_year + 1}"


def write_workbook(path: Path, sheets: Iterable[Sheet], *, title: str) -> list[int]:
    """Write sheets of text rows under their headers, row by row, and return the number of rows of each.

    Memory stays small however long a sheet is. The file's own dates are fixed, so equal rows give equal bytes.
    """
    counts = []
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    workbook.set_properties(
        {
            "title": title,
            "comments": "Dữ liệu minh họa: người và số liệu đều được đặt ra.",
            "created": CREATED_AT,
        }
    )
    bold = workbook.add_format({"bold": True})
    for name, columns, rows in sheets:
        sheet = workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 16)
        for column, header in enumerate(columns):
            sheet.write_string(0, column, header, bold)
        number = 0
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value:
                    sheet.write_string(number, column, value)
        counts.append(number)
    workbook.close()
    return counts
