"""The schema registry: versioned Avro, JSON and Protobuf schemas that must stay compatible."""
