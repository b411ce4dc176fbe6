"""SageMaker itself: what is there, and the Stop calls."""
