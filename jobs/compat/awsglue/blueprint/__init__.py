"""What a blueprint's layout is made of: AWS's library by its own names."""
