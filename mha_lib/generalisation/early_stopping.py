"""Chapter 18. Early stopping: the rule alone, on a list of held-out losses. `training.EarlyStop` obeys it."""


def stopping_point(losses, patience):
    """Return (last, best): the look at which training ends, and the one whose weights are kept; looks count from 0.

    losses: held-out losses, one a look   patience: looks without a new lowest loss, at least 1

    An equal loss is no new lowest. If patience never runs out, the last look ends the training.
    Raises ValueError if there are no losses, or if patience is below 1.
    Source: Prechelt, 1998, section 2.

    >>> stopping_point([0.9, 0.6, 0.7, 0.8, 0.5], patience=2)
    (3, 1)
    """
    if len(losses) == 0 or patience < 1:
        raise ValueError(f"there must be a look ({len(losses)}) and a patience ({patience}) of at least 1")
    best = 0
    for look, loss in enumerate(losses):
        if loss < losses[best]:
            best = look
        if look - best >= patience:
            return look, best
    return len(losses) - 1, best
