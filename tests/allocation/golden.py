"""One small town with everything in it, and its result as published.

Run ``python -m tests.allocation.golden`` to write the result anew; the difference is for a person to review.
"""

import random
from pathlib import Path

from allocation import canonical_json, instance_from_dict, solve
from tests.allocation.strategies import Document, document

FOLDER = Path(__file__).parent / "golden"
INSTANCE, RESULT = FOLDER / "town.instance.json", FOLDER / "town.result.json"


def town() -> Document:
    """Four schools and sixty children: bands, siblings, a reserve, a guarantee, a ferry, a child out of reach."""
    draw = random.Random(20270605)
    children = [f"T{number:03d}" for number in range(60)]
    homes = {child: draw.randint(0, 6000) for child in children}
    sites = {"bến": 500, "chợ": 2200, "đình": 3600, "ngã ba": 5600}
    students: Document = {}
    for child in children:
        trips = {
            school: abs(site - homes[child]) // 8 + (1500 if homes[child] < 400 else 0)
            for school, site in sites.items()
        }
        nearest = sorted(trips, key=lambda school: (trips[school], school))
        students[child] = {
            "preferences": nearest[: draw.randint(1, 2)],
            "travel_s": trips,
            "beyond_ceiling": sorted(school for school, seconds in trips.items() if seconds > 480),
        }
        if draw.random() < 0.2:
            students[child]["groups"] = ["policy"]
    students["T007"] |= {"preferences": [], "guaranteed": "chợ"}
    students["T059"] = {"preferences": []}
    schools: Document = {}
    for school in sites:
        classes: list[list[str]] = [[] for _ in range(24)]
        for child in children:
            tier = 0 if draw.random() < 0.8 else 1
            classes[tier * 12 + min(students[child].get("travel_s", {}).get(school, 9999) // 60, 11)].append(
                child
            )
        schools[school] = {"capacity": 15, "priority": classes}
    schools["chợ"]["seat_types"] = [
        {"name": "policy", "seats": 3, "open_to": ["policy"]},
        {"name": "general", "seats": 12},
    ]
    return document(
        "deferred_acceptance",
        schools,
        students,
        lottery={"seed": "6275e1bb99c3d6a17d1c0b6f1d3c7a52"},
        siblings=[["T011", "T012"], ["T020", "T021", "T022"]],
        sibling_rule="linked",
        place_everyone=True,
    )


def main() -> None:
    """Write both files."""
    FOLDER.mkdir(exist_ok=True)
    body = town()
    INSTANCE.write_bytes(canonical_json(body) + b"\n")
    RESULT.write_bytes(solve(instance_from_dict(body)).to_bytes())


if __name__ == "__main__":
    main()
