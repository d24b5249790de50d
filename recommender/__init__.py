"""The recommender: a linear item-to-item model, its training and evaluation, and the container that serves it."""
