"""Who may ask: keys, tokens, and what each is good for."""
