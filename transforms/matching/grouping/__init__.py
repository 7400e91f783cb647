"""From pairs to groups: clusters, one-to-one links, and ids that stay."""
