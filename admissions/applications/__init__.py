"""Applications (hồ sơ): the family's form from first page to receipt, and the state machine."""
