"""Streams: of files, of Kinesis on moto, and of a real Kafka."""
