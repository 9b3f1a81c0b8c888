"""From mail to encoded documents, phrases and counts of authors."""
