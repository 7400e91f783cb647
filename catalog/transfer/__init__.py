"""A whole catalog as lines of JSON, each a request of the Glue API that makes one thing anew."""
