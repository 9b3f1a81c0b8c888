"""What `inkling doctor` looks at before a service starts, or beside one that runs."""
