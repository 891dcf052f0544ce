"""Reinforcement learning for tlzoo: environments, trainers, and pretrained features for new tasks."""
