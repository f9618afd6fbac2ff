"""How long a page takes, measured against a bare curl and what Port's guides do."""

import warnings

# requests misses a library that guesses encodings; see pyproject.toml.
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
