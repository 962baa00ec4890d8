"""Writes the files of a demo region, in the formats real offices have; knows nothing of the database.

``region.write_region`` invents a delta region; ``city.write_city`` uses a real extract and its real schools.
Everything written here is illustrative ("dữ liệu minh họa"): invented people on invented or adjusted land.
The same seed gives the same bytes.
"""
