"""Port: reporting to its runs, and what its catalog and its account hold."""

# In here, since connections are begun before anything heavy is imported.
URLS = {"eu": "https://api.port.io", "us": "https://api.us.port.io"}
