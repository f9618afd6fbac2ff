"""One definition, many faces: everything that is derived from the operations' models."""
