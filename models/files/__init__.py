"""Reading and writing files so that nobody finds half of one."""
