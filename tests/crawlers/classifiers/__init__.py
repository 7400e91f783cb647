"""Each classifier, on bytes."""
