"""One module per part of the main job: scenario files, batches, results."""
