"""Streams: Kafka, Kinesis and files, read in micro-batches from a checkpoint."""
