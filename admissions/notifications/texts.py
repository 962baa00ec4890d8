"""The wording of messages. A message carries code, date and link only: mail is read by whoever holds the phone."""

from datetime import datetime
from typing import NamedTuple

from admissions.i18n import gettext as _
from admissions.times import clock_and_day


class Text(NamedTuple):
    """Subject and body of one message."""

    subject: str
    body: str


def received(*, code: str, at: datetime, closes_at: datetime, results_at: datetime, url: str) -> Text:
    """N02: the application has arrived."""
    return Text(
        _("Đã nhận hồ sơ {code}").format(code=code),
        _(
            "Kính gửi anh/chị,\n\n"
            "Chúng tôi đã nhận hồ sơ {code} lúc {at}.\n"
            "Nộp sớm hay muộn trong hạn đều như nhau. Anh/chị có thể sửa hồ sơ đến {closes_at}.\n"
            "Kết quả được công bố lúc {results_at}.\n\n"
            "Xem hồ sơ: {url}\n"
            "Anh/chị giữ kín mã hồ sơ; khi xem cần thêm ngày sinh của con."
        ).format(
            code=code, at=clock_and_day(at), closes_at=clock_and_day(closes_at),
            results_at=clock_and_day(results_at), url=url,
        ),
    )  # fmt: skip


def result(*, code: str, at: datetime, url: str) -> Text:
    """N06: the result is published. The school is on the page, not in the message."""
    return Text(
        _("Đã có kết quả của hồ sơ {code}").format(code=code),
        _(
            "Kính gửi anh/chị,\n\n"
            "Kết quả của hồ sơ {code} đã được công bố lúc {at}.\n"
            "Trang kết quả cho biết con học trường nào và vì sao.\n\n"
            "Xem kết quả: {url}\n"
            "Anh/chị nhập mã hồ sơ và ngày sinh của con."
        ).format(code=code, at=clock_and_day(at), url=url),
    )


def not_placed(*, code: str, at: datetime, hotline: str, url: str) -> Text:
    """N07: no seat in this round yet; the office places the child, the family need do nothing."""
    return Text(
        _("Hồ sơ {code}: đợt này chưa xếp được chỗ").format(code=code),
        _(
            "Kính gửi anh/chị,\n\n"
            "Kết quả của hồ sơ {code} đã được công bố lúc {at}. Đợt này chưa xếp được chỗ.\n"
            "Con chắc chắn có chỗ học: Ủy ban nhân dân xã sẽ bố trí và báo cho anh/chị. Anh/chị không cần nộp lại.\n\n"
            "Xem chi tiết: {url}\n"
            "Cần hỏi, xin gọi {hotline}."
        ).format(code=code, at=clock_and_day(at), url=url, hotline=hotline),
    )
