"""HTTP only: pages for families and offices, and the few JSON answers that the map needs. Writes no SQL."""
