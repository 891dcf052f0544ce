"""Execution of a recipe: phases, budget, resume and final results."""
