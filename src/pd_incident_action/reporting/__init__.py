"""What users see of a run: outputs, annotations, job summary, metrics, debug logs."""
