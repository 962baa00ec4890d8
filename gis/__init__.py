"""Everything spatial: coordinates, road network, travel times, areas, map tiles. Owns its tables and SQL."""
