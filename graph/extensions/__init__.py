"""What stands around every operation: limits before it runs, its cost, and its faults afterwards."""
