"""What the functions could not do: it lies in dead-letter queues, and goes back, or is told and taken away."""
