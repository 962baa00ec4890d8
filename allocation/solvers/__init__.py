"""The solvers: from an instance to an outcome. They share no code with ``allocation.verification``."""
