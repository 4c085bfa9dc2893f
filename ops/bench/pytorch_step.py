#!/usr/bin/env python3
"""A whole training step in plain PyTorch, in one process: what `oxbow bench step` compares itself with.

The networks, losses and updates are those of docs/method.md, for N clients that hold a batch each. Every client's
batch goes through the whole of G and D in turn and the gradients add up, so the arithmetic is that of a step of
N workers whose middle blocks are shared. Prints a line of JSON: seconds of each step, in the order they were measured.
"""

import argparse
import json
import sys
import time

import torch
from torch import nn


class Generator(nn.Module):
    def __init__(self, width, noise=100, classes=10):
        super().__init__()
        a, b, c = (round(count * width) for count in (256, 128, 64))
        self.first = a
        self.embed = nn.Embedding(classes, classes)
        self.linear = nn.Linear(noise + classes, a * 49)
        self.norm = nn.BatchNorm1d(a * 49)
        self.body = nn.Sequential(
            nn.ConvTranspose2d(a, b, 4, 2, 1), nn.BatchNorm2d(b), nn.ReLU(),
            nn.ConvTranspose2d(b, b, 3, 1, 1), nn.BatchNorm2d(b), nn.ReLU(),
            nn.ConvTranspose2d(b, c, 4, 2, 1), nn.BatchNorm2d(c), nn.ReLU(),
            nn.ConvTranspose2d(c, 1, 3, 1, 1), nn.Tanh(),
        )

    def forward(self, noise, labels):
        joined = torch.cat([noise, self.embed(labels)], 1)
        hidden = torch.relu(self.norm(self.linear(joined)))
        return self.body(hidden.view(-1, self.first, 7, 7))


class Discriminator(nn.Module):
    def __init__(self, width, classes=10):
        super().__init__()
        a, b, c = (round(count * width) for count in (64, 128, 256))
        self.embed = nn.Embedding(classes, 784)
        self.body = nn.Sequential(
            nn.Conv2d(2, a, 4, 2, 1), nn.BatchNorm2d(a), nn.LeakyReLU(0.2),
            nn.Conv2d(a, b, 4, 2, 1), nn.BatchNorm2d(b), nn.LeakyReLU(0.2),
            nn.Conv2d(b, b, 3, 1, 1), nn.BatchNorm2d(b), nn.LeakyReLU(0.2),
            nn.Conv2d(b, c, 4, 2, 1), nn.BatchNorm2d(c), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(c * 9, 1), nn.Sigmoid(),
        )

    def forward(self, images, labels):
        plane = self.embed(labels).view(-1, 1, 28, 28)
        return self.body(torch.cat([images, plane], 1))[:, 0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--workers", type=int, default=4)
    arguments.add_argument("--batch", type=int, default=64)
    arguments.add_argument("--width", type=float, default=1.0)
    arguments.add_argument("--steps", type=int, default=5, help="measured steps, after two that warm up")
    arguments.add_argument("--threads", type=int, default=0, help="0 leaves PyTorch's choice")
    arguments.add_argument("--channels-last", action="store_true")
    options = arguments.parse_args()
    torch.manual_seed(1)
    if options.threads:
        torch.set_num_threads(options.threads)
    generator, discriminator = Generator(options.width), Discriminator(options.width)
    if options.channels_last:
        generator = generator.to(memory_format=torch.channels_last)
        discriminator = discriminator.to(memory_format=torch.channels_last)
    of_generator = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
    of_discriminator = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
    loss = nn.BCELoss()
    batch = options.batch
    zeros, ones = torch.zeros(batch), torch.ones(batch)
    data = [
        (torch.rand(batch, 1, 28, 28) * 2 - 1, torch.randint(0, 10, (batch,))) for _ in range(options.workers)
    ]

    def step():
        fakes = [generator(torch.randn(batch, 100), labels) for _, labels in data]
        of_discriminator.zero_grad()
        for fake, (images, labels) in zip(fakes, data):
            loss(discriminator(fake.detach(), labels), zeros).backward()
            loss(discriminator(images, labels), ones).backward()
        of_discriminator.step()
        of_generator.zero_grad()
        for fake, (_, labels) in zip(fakes, data):
            loss(discriminator(fake, labels), ones).backward()
        of_generator.step()

    seconds = []
    for number in range(options.steps + 2):
        start = time.perf_counter()
        step()
        if number >= 2:
            seconds.append(time.perf_counter() - start)
    result = {
        "seconds": seconds,
        "samples_per_step": options.workers * batch,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()
