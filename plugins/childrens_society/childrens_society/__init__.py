"""A partner's plugin for cohorts inside one organisation that works with young people; imports only the toolkit."""
