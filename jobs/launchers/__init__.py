"""What carries out a job's runs: a process here, a cluster, or a service of AWS, one Protocol."""
