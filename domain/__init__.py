"""What the business knows: records, rules and errors, on the standard library alone."""
