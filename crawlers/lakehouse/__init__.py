"""Tables that a format's own metadata describes: Delta, Iceberg, Hudi, and symlink manifests."""
