"""What the crawlers' benchmark is made of: data, places, readers in children, checks, report."""
