"""Where objects are listed and read: S3 and every store that speaks it, and local folders."""
