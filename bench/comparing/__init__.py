"""What benches have in common that compare sides in one Spark session: turns, growth, reports."""
