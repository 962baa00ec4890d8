"""The road network: from an OpenStreetMap extract to arrays that are searched, stored, exported and amended."""
