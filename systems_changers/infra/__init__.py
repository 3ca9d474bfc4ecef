"""What everything stands on: database, isolation, settings, clock, jobs, mail, text."""
