"""Privacy: what is declared of personal data and what follows from it, consents, and complaints."""
