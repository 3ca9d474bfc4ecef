"""What Home does: makes instances and demos, and brings in registers."""
