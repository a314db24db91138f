"""Who works here: people, signing in, sessions that the server can end. Knows no clinic and no appointment."""
