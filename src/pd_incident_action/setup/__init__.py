"""What `setup` installs, and how it is put beside what users have made of it."""
