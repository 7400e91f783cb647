"""The console: what is known and what runs, looked at and acted on in a browser."""
