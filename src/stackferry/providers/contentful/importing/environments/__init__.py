"""From one environment of a space into another: what was edited in the target alone since they were one is kept."""
