"""Plays an admission season on generated families, through the same use cases as pages and offices."""
