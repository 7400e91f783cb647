"""What a run is told: arguments, special parameters, worker types, and what it takes along."""
