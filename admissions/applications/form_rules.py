"""Rules of the form's fields. Pure. Every message says what to do, in words a grandmother understands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from admissions.errors import InvalidInput
from admissions.i18n import gettext as _
from admissions.students.rules import EMAIL, clean_name, normalise_phone

RELATIONS = ("cha", "mẹ", "ông", "bà", "người giám hộ")
LONGEST_NAME = 100


@dataclass(frozen=True)
class Contact:
    """Who answers for the child. ``email`` may be empty."""

    full_name: str
    relation: str
    phone: str
    email: str


def check_contact(contact: Contact) -> Contact:
    """Return the contact in its stored form.

    Raises:
        InvalidInput: beside each wrong field, what to do.
    """
    wrong = {}
    name, phone, email = clean_name(contact.full_name), normalise_phone(contact.phone), contact.email.strip()
    if not 2 <= len(name) <= LONGEST_NAME:
        wrong["full_name"] = _("Hãy ghi họ và tên người liên hệ, từ 2 đến 100 chữ cái.")
    if contact.relation not in RELATIONS:
        wrong["relation"] = _("Hãy chọn quan hệ với con.")
    if phone is None:
        wrong["phone"] = _(
            "Số điện thoại phải có 10 chữ số và bắt đầu bằng 03, 05, 07, 08 hoặc 09. Ví dụ 0912 345 678."
        )
    if email and not EMAIL.fullmatch(email):
        wrong["email"] = _("Thư điện tử phải có dạng ten@noi-gui.vn. Không có thì để trống.")
    if wrong:
        raise InvalidInput(wrong)
    assert phone is not None
    return Contact(name, contact.relation, phone, email)


def check_preferences(site_ids: Sequence[int], *, offered: Collection[int], longest: int) -> list[int]:
    """Return the ranked site ids.

    Raises:
        InvalidInput: none, too many, one twice, or one that has no seats in the round.
    """
    if not site_ids:
        raise InvalidInput({"schools": _("Hãy chọn ít nhất một trường.")})
    if len(site_ids) > longest:
        raise InvalidInput({"schools": _("Chỉ chọn được tối đa {n} trường. Hãy bỏ bớt.").format(n=longest)})
    if len(set(site_ids)) < len(site_ids):
        raise InvalidInput({"schools": _("Mỗi trường chỉ chọn một lần. Hãy đổi nguyện vọng bị trùng.")})
    if not set(site_ids) <= set(offered):
        raise InvalidInput({"schools": _("Có trường không tuyển trong đợt này. Hãy chọn lại.")})
    return list(site_ids)
