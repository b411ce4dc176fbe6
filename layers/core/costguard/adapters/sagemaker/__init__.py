"""SageMaker: the resources, and the Stop calls."""
