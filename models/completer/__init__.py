"""What the engine calls: a bundle, loaded, that completes drafts."""
