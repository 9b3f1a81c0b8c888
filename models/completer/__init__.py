"""A bundle that is loaded and completes drafts."""
