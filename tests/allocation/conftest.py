"""Settings for the allocation suite."""

from hypothesis import settings

# The first call of a solver loads compiled code, which has nothing to do with the example at hand.
settings.register_profile("compiled_code", deadline=None)
settings.load_profile("compiled_code")
