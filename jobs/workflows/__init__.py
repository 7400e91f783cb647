"""State machines of the Amazon States Language: read, checked, and carried out step by step."""
