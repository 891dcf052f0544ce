"""Environments made for tests: screens as Atari's, one that is lawful and awkward, and some that misbehave."""

from typing import ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces


class Screens(gymnasium.Env):
    """Four grey pictures of 84 x 84 pixels, and 18 actions: bright on the left or the right."""

    observation_space = spaces.Box(0, 255, (84, 84, 4), np.uint8)
    action_space = spaces.Discrete(18)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = 6
        return self.picture(), {}

    def picture(self):
        self.side = int(self.np_random.integers(2))
        seen = np.zeros((84, 84, 4), np.uint8)
        seen[:, 42 * self.side : 42 + 42 * self.side] = 255
        return seen

    def step(self, action):
        reward = float(action % 2 == self.side)
        self.left -= 1
        return self.picture(), reward, self.left == 0, False, {}


class Lights(gymnasium.Env):
    """Images that are bright on the left or the right; the action of that side is rewarded, four times an episode."""

    action_space = spaces.Discrete(2)

    def __init__(self, height: int = 40, width: int = 48):
        self.observation_space = spaces.Box(0, 255, (height, width, 3), np.uint8)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = 4
        return self.lit(), {}

    def lit(self):
        self.side = int(self.np_random.integers(2))
        height, width, _ = self.observation_space.shape
        seen = self.np_random.integers(0, 40, (height, width, 3), np.uint8)
        seen[:, self.side * width // 2 : (self.side + 1) * width // 2] += 200
        return seen

    def step(self, action):
        reward = float(action == self.side)
        self.left -= 1
        return self.lit(), reward, self.left == 0, False, {}


class Words(Lights):
    """Says which of two actions is rewarded."""

    SAID = ("go to the left", "go to the right")

    def __init__(self):
        self.observation_space = spaces.Text(20)

    def lit(self):
        self.side = int(self.np_random.integers(2))
        return self.SAID[self.side]


class Faulty(gymnasium.Env):
    """Raises, or gives what is no number, at its third step."""

    observation_space = spaces.Box(-1, 1, (4,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, how: str = "raises"):
        self.how = how

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(4, np.float32), {}

    def step(self, action):
        self.steps += 1
        seen, reward = np.zeros(4, np.float32), 0.0
        if self.steps == 3:
            if self.how == "raises":
                raise ValueError("the motor is gone")
            if self.how == "observes":
                seen[1] = np.nan
            if self.how == "rewards":
                reward = float("inf")
            if self.how == "ends":
                return np.full(4, np.nan, np.float32), reward, True, False, {}
        return seen, reward, False, False, {}


class Counting(gymnasium.Env):
    """Observes how many steps it has gone, always in one array, with infos that are alike in no two steps."""

    observation_space = spaces.Box(0, 100, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self):
        self.seen = np.zeros(1, np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.seen[:] = 0
        self.length = 2 if seed == 0 else 3
        return self.seen, {}

    def step(self, action):
        self.seen += 1
        done = self.seen[0] == self.length
        info = {"steps": "the last" if done else int(self.seen[0]), "seen": np.zeros(self.length)}
        return self.seen, 1.0, bool(done), False, info


class Undrawn(Counting):
    """Says that it can be drawn, and cannot, or by what is no picture."""

    metadata: ClassVar = {"render_modes": ["rgb_array"], "render_fps": 5}

    def __init__(self, render_mode=None, how: str = "raises"):
        super().__init__()
        self.render_mode, self.how = render_mode, how

    def render(self):
        if self.how == "raises":
            raise RuntimeError("there is no screen")
        return np.full((4, 4, 3), self.seen[0], np.float64 if self.how == "floats" else np.uint8)


class Painted(gymnasium.Env):
    """Observes what it is told: a map of one number, in a space of that type."""

    action_space = spaces.Discrete(2)

    def __init__(self, height: int = 20, width: int = 20, channels: int = 3, dtype: str = "uint8", paints: int = 0):
        most = 255 if dtype == "uint8" else 1
        self.observation_space = spaces.Box(0, most, (height, width, channels), np.dtype(dtype).type)
        self.painted = np.full((height, width, channels), paints, dtype)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self.painted, {}

    def step(self, action):
        return self.painted, 0.0, True, False, {}


class Mixed(Painted):
    def __init__(self, tones: int = 1, **more):
        super().__init__(**more)


class Cards(gymnasium.Env):
    observation_space = spaces.Tuple((spaces.Discrete(3), spaces.Discrete(3)))
    action_space = spaces.MultiDiscrete([2, 2])


gymnasium.register("made/Screens-v0", entry_point="made_environments:Screens")
gymnasium.register("made/Lights-v0", entry_point="made_environments:Lights")
gymnasium.register("made/Words-v0", entry_point="made_environments:Words")
gymnasium.register("made/Faulty-v0", entry_point="made_environments:Faulty")
gymnasium.register("made/Counting-v0", entry_point="made_environments:Counting")
gymnasium.register("made/Undrawn-v0", entry_point="made_environments:Undrawn")
gymnasium.register("made/Painted-v0", entry_point="made_environments:Painted")
gymnasium.register("made/Mixed-v0", entry_point="made_environments:Mixed")
gymnasium.register("made/Cards-v0", entry_point="made_environments:Cards")
