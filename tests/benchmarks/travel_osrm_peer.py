"""Run by a Python of 3.12 or later in a venv of its own: OSRM's table on given points, timed. Prints one JSON line.

python travel_osrm_peer.py CITY.osrm HOMES.npy SCHOOLS.npy
"""

import json
import sys
import time

import numpy as np
import osrm

BATCHES = ((1000, 300), (5000, 300), (5000, 916))
"""Homes and schools per call, the best of which counts."""
HOMES_MEASURED = 5000


def main() -> None:
    """Time each batch size on the same homes and schools."""
    homes, schools = np.load(sys.argv[2])[:HOMES_MEASURED], np.load(sys.argv[3])
    engine = osrm.OSRM(
        algorithm="CH", storage_config=sys.argv[1], use_shared_memory=False, max_locations_distance_table=-1
    )
    found = {}
    for home_count, school_count in BATCHES:
        started, pairs = time.process_time(), 0
        some = schools[:school_count]
        for begin in range(0, len(homes), home_count):
            part = homes[begin : begin + home_count]
            points = [(float(lon), float(lat)) for lon, lat in np.concatenate((part, some))]
            answer = engine.Table(
                osrm.TableParameters(
                    coordinates=points,
                    sources=list(range(len(part))),
                    destinations=list(range(len(part), len(points))),
                    annotations=["duration"],
                    generate_hints=False,
                )
            )
            pairs += len(answer["durations"]) * len(some)
        found[f"{home_count}x{school_count}"] = pairs / (time.process_time() - started)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
