"""What a process does to the network and to files, seen by strace."""
