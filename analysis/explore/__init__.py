"""From many runs to an answer: enough runs, sensitivity to parameters, discovery of regions."""
