"""The main job on real data: raw files on S3 to a checked Delta table, in one command."""
