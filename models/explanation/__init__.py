"""Why a draft gets the suggestions that it gets."""
