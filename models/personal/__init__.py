"""What is known of one writer besides the counts of their profile."""
