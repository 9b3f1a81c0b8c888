"""From a bundle and a mailbox to a bundle that suits the mailbox."""
