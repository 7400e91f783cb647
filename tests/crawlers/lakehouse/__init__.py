"""Tables by their metadata, written by others and by hand."""
