"""Files that scripts read: by options or by the catalog, with choices and broken records."""
