"""Admission rounds (đợt), their policy and their seats (chỉ tiêu)."""
