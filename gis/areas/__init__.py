"""Administrative areas: imported boundaries with validity, and finding the areas of a point."""
