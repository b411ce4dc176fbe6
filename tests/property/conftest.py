from hypothesis import HealthCheck, settings

settings.register_profile(
    "laws",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=80,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("laws")
