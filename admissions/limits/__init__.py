"""How often one visitor may try: counters as rows, so that every server process sees them."""
