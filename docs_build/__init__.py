"""Makes the documentation site: pages written from the code, inline diagrams, a check of what it loads."""
