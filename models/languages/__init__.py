"""What is known of languages: English words, misspellings and slips, and how to tell other languages."""
