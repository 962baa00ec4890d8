"""Pages that anybody may open without saying who they are."""
