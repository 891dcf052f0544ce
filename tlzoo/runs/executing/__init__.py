"""Executing a recipe: phases, budget, resume, and what is done at the end."""
