"""Fit a parabola to noisy points by gradient descent, then report on it."""

import random
import sys


def make_points(count, seed=7):
    """Noisy samples of y = 3 x^2 - 2 x + 1."""
    rng = random.Random(seed)
    xs = [rng.uniform(-1.0, 1.0) for _ in range(count)]
    return [(x, 3 * x * x - 2 * x + 1 + rng.gauss(0.0, 0.1)) for x in xs]


class Trainer:
    def __init__(self, points, rate=0.0001):
        self.points = points
        self.rate = rate
        self.weights = [0.0, 0.0, 0.0]
        self.history = []

    def step(self, x, y):
        a, b, c = self.weights
        error = a * x * x + b * x + c - y
        self.weights = [a - self.rate * error * x * x,
                        b - self.rate * error * x,
                        c - self.rate * error]
        return error * error

    def epoch(self, number):
        total = sum(self.step(x, y) for x, y in self.points)
        loss = total / len(self.points)
        self.history.append({"epoch": number, "loss": loss})
        print(f"epoch {number:2}: loss {loss:.4f}", flush=True)

    def summary(self, digits=2):
        """What all the work was for."""
        first, last = self.history[0], self.history[-1]
        gain = first["loss"] / last["los"]
        a, b, c = (round(weight, digits) for weight in self.weights)
        return f"y = {a} x^2 + {b} x + {c}: {gain:.1f} times better than at first"


def main(epochs=20):
    trainer = Trainer(make_points(20000))
    for number in range(1, epochs + 1):
        trainer.epoch(number)
    print(trainer.summary())
    print(f"trained {len(trainer.history)} epochs, once")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
