"""Label Studio: the labelling configuration, tasks, and talking to a server."""
