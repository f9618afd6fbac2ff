"""What a check-up looks at: each module knows one part of what a workflow will need."""
