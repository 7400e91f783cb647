"""What was found against what the catalog has, and the changes carried out."""
