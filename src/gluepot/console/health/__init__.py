"""How the installation does: what fails, what is behind, what comes next."""
