"""Home's commands, a module a subject; each parses, calls one service, prints. `cli` knows them by name."""
