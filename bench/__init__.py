"""How long a page takes, measured against a bare curl and what Port's guides do."""
