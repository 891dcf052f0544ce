"""Reinforcement learning for tlzoo: environments, trainers, and pretrained features that carry over between tasks."""
