"""What every tab stands on: the exhibit, the page around it, refusals, and parts that live in the browser."""
