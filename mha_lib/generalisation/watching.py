"""Chapter 18. Watching: what a model is like along its training, measured every few steps."""


class Watch:
    """Measures a model while it trains, and stops nothing: pass it to `training.train` as `stop`.

    every     steps between two looks; there is one after the first step and one after the last too
    measures  name -> a function of the model; what it returns is kept

    `steps` lists the steps of the looks, and `seen` what was measured, name -> list.
    Raises ValueError if `every` is below 1.

    >>> watch = Watch(every=10, weight=lambda model: model.weight.item())
    >>> watch.steps, watch.seen
    ([], {'weight': []})
    """

    def __init__(self, every, **measures):
        if every < 1:
            raise ValueError(f"every ({every}) must be at least 1 step")
        self.every, self.measures = every, measures
        self.steps, self.seen = [], {name: [] for name in measures}

    def __call__(self, run):
        """Return False, after a look at the model if one is due."""
        step = len(run.losses)
        if step % self.every == 0 or step in (1, run.num_steps):
            self.steps.append(step)
            for name, measure in self.measures.items():
                self.seen[name].append(measure(run.model))
        return False
