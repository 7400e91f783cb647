"""What people say of pairs: labels, their files, and what to ask next."""
