"""``gluepot dev``: the whole of gluepot as one tree of processes on this machine."""
