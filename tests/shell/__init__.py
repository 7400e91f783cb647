"""The shell: settings, command line, embedded S3, demo."""
