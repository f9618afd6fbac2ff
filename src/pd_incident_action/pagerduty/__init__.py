"""The systems that page people, each behind typed methods, one for each endpoint in use."""
