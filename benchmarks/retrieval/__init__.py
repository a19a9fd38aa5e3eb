"""How well the right code is found: each figure beside its baselines, case by case."""
