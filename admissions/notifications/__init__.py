"""Messages to families: one per event, through an outbox, to a mail server or a mailbox folder."""
