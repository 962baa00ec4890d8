"""The seam between service and arithmetic: freeze a round, allocate, verify, explain, approve, publish."""
