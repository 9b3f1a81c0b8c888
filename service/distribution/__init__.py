"""The service on many machines, as an application of Ray Serve. Needs the extra `ray`."""
