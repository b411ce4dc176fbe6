"""Is anybody using it?"""
