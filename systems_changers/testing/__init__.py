"""What plugin authors and the kit test with; nothing that runs in production imports it."""
