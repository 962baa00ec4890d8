"""The application form: a few pages, one thing on each, saved at every step."""
