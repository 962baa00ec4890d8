"""Lists the whole country shares: provinces now and before July 2025, ethnic groups, island labels, policy presets."""
