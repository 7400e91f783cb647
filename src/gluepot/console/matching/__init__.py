"""What the pages of matching work with: models, pairs to label, clusters, plots."""
