"""Fastest paths on a network: exact, in integers, the shorter path where times are equal."""
