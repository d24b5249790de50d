"""What holds for every request before its route is known, one concern per file."""
