"""Pages for the officers of communes and province."""
