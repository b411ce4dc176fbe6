from hypothesis import settings

settings.register_profile("laws", parent=settings.get_profile("steady"), max_examples=80)
settings.load_profile("laws")
