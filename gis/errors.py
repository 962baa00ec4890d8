"""What can go wrong with spatial input. Each message is one plain sentence: what, where, and what to do."""


class GisError(Exception):
    """Any refusal of spatial input or of a spatial question."""


class ExtractError(GisError):
    """A file that should be an OpenStreetMap extract is missing, broken, empty or has no usable road."""


class SpeedTableError(GisError):
    """The speed table, ferries file or edit list names something unknown or impossible."""


class CoordinateError(GisError):
    """A coordinate is not finite, out of range, swapped, or in another coordinate system than said."""


class AreaError(GisError):
    """A boundary file cannot be read, or is in the wrong coordinate system."""


class UnknownVersion(GisError):
    """A network version, profile, location or tile was asked for that does not exist."""


class Unreachable(GisError):
    """A route was asked for between points that the network does not join."""
