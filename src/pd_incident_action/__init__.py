"""pd-incident-action: page the right people from GitHub and Port, exactly once."""

import warnings

# requests misses a library that guesses encodings; our answers are JSON in UTF-8.
warnings.filterwarnings("ignore", message="Unable to find acceptable character detection")
