"""The experiments of the study, one a module: what is measured, and the figure of it."""
