"""Everything that is derived from the operations' models: metadata, docs, examples, schema."""
