"""Children, guardians and residences as the sending schools report them."""
