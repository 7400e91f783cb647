"""What the pages of the catalog and of one table show, apart from how they are drawn."""
