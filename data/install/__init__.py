"""What a fresh machine lacks, fetched: Python packages, page assets, a browser for the tests. Standard library only.

Run by the system's own Python before any of our packages exist, so nothing here imports them.
"""
