"""Operations: plugin state and settings, audit, jobs and tokens; what keeps an instance running."""
