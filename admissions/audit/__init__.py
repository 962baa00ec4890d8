"""What happened, by whom and when: append-only, hash-chained per subject."""
